import type { JsonObject } from "../json.ts";
import { isObject, listAt, objectAt, textAt } from "../json.ts";

/** Defaults of a CRD (apiextensions v1 defaults.go): names that follow from others, conversion None, stored versions. */
export function fillCustomResourceDefinition(crd: JsonObject): void {
  const spec = objectAt(crd, "spec");
  if (spec === undefined) {
    return;
  }
  const names = objectAt(spec, "names");
  const kind = textAt(names, "kind") ?? "";
  if (names !== undefined && kind !== "") {
    names["singular"] ??= kind.toLowerCase();
    names["listKind"] ??= `${kind}List`;
  }
  spec["conversion"] ??= { strategy: "None" };
  fillStatus(crd, spec);
}

/** Every version that ever was the storage version stays listed, because objects may be stored in it. */
function fillStatus(crd: JsonObject, spec: JsonObject): void {
  const status = objectAt(crd, "status") ?? {};
  crd["status"] = status;
  status["conditions"] ??= null;
  status["acceptedNames"] ??= { plural: "", kind: "" };
  const versions = (listAt(spec, "versions") ?? []).filter(isObject);
  const storage = textAt(
    versions.find((version) => version["storage"] === true),
    "name",
  );
  const stored = listAt(status, "storedVersions") ?? [];
  if (storage !== undefined && !stored.includes(storage)) {
    stored.push(storage);
  }
  status["storedVersions"] = stored.length === 0 ? null : stored;
}
