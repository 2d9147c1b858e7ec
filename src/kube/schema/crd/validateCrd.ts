import type { JsonObject, JsonValue } from "../../json.ts";
import { isObject, listAt, objectAt, sameJson, textAt } from "../../json.ts";
import type { Cause } from "../../status.ts";
import { goValue, invalidValue, notSupported, required } from "../causes.ts";
import { label1035Mistakes, subdomainMistakes } from "../names.ts";
import { validateNames } from "./crdNames.ts";
import { validateVersionParts } from "./versionParts.ts";

/**
 * All mistakes of a CustomResourceDefinition that was defaulted before; with `old`, also of the change. Texts and paths
 * are those of apiextensions-apiserver pkg/apis/apiextensions/validation. Conversion webhooks are refused: this server
 * converts only by "None".
 */
export function validateCrd(crd: JsonObject, old?: JsonObject): Cause[] {
  const spec = objectAt(crd, "spec") ?? {};
  return [
    ...(old === undefined ? validateName(crd, spec) : validateUnchanged(spec, old)),
    ...validateGroup(crd, spec),
    ...validateScope(spec),
    ...validateVersions(spec),
    ...validateNames(objectAt(spec, "names") ?? {}),
    ...validateConversion(spec),
    ...validateVersionParts(spec),
    ...validateStoredVersions(crd, spec),
  ];
}

function validateName(crd: JsonObject, spec: JsonObject): Cause[] {
  const name = textAt(objectAt(crd, "metadata"), "name") ?? "";
  const wanted = `${textAt(objectAt(spec, "names"), "plural") ?? ""}.${textAt(spec, "group") ?? ""}`;
  return name === "" || name === wanted
    ? []
    : [invalidValue("metadata.name", name, 'must be spec.names.plural+"."+spec.group')];
}

/** Where objects are stored follows from group and plural; what they are, from scope and kind once it is established. */
function validateUnchanged(spec: JsonObject, old: JsonObject): Cause[] {
  const before = objectAt(old, "spec") ?? {};
  const conditions = (listAt(objectAt(old, "status"), "conditions") ?? []).filter(isObject);
  const established = conditions.some((each) => each["type"] === "Established" && each["status"] === "True");
  const names = objectAt(spec, "names");
  const oldNames = objectAt(before, "names");
  const members: (readonly [string, JsonValue | undefined, JsonValue | undefined])[] = [
    ["spec.group", spec["group"], before["group"]],
    ["spec.names.plural", names?.["plural"], oldNames?.["plural"]],
  ];
  if (established) {
    members.push(
      ["spec.scope", spec["scope"], before["scope"]],
      ["spec.names.kind", names?.["kind"], oldNames?.["kind"]],
    );
  }
  return members
    .filter(([, now, then]) => !sameJson(now, then))
    .map(([field, now]) => invalidValue(field, now, "field is immutable"));
}

const APPROVAL = "api-approved.kubernetes.io";

function validateGroup(crd: JsonObject, spec: JsonObject): Cause[] {
  const group = textAt(spec, "group") ?? "";
  if (group === "") {
    return [required("spec.group")];
  }
  const mistakes = subdomainMistakes(group);
  if (mistakes.length > 0) {
    return [invalidValue("spec.group", group, mistakes.join(","))];
  }
  if (!group.includes(".")) {
    return [invalidValue("spec.group", group, "should be a domain with at least one dot")];
  }
  const approval = textAt(objectAt(objectAt(crd, "metadata"), "annotations"), APPROVAL) ?? "";
  if (!/(?:^|\.)(?:k8s|kubernetes)\.io$/.test(group) || approval !== "") {
    return [];
  }
  const text = `protected groups must have approval annotation "${APPROVAL}", see https://github.com/kubernetes/enhancements/pull/1111`;
  return [required(`metadata.annotations[${APPROVAL}]`, text)];
}

function validateScope(spec: JsonObject): Cause[] {
  const scope = textAt(spec, "scope") ?? "";
  if (scope === "") {
    return [required("spec.scope")];
  }
  return scope === "Cluster" || scope === "Namespaced"
    ? []
    : [notSupported("spec.scope", scope, ["Cluster", "Namespaced"])];
}

function versionsOf(spec: JsonObject): JsonObject[] {
  return (listAt(spec, "versions") ?? []).filter(isObject);
}

function validateVersions(spec: JsonObject): Cause[] {
  const versions = versionsOf(spec);
  const names = versions.map((version) => textAt(version, "name") ?? "");
  const causes = names.flatMap((name, i) => versionNameCauses(`spec.versions[${i}].name`, name));
  if (new Set(names).size < names.length) {
    causes.push(dumped(spec, "must contain unique version names"));
  }
  if (versions.filter((version) => version["storage"] === true).length !== 1) {
    causes.push(dumped(spec, "must have exactly one version marked as storage version"));
  }
  // The internal form repeats the name of the first version, and so do the mistakes.
  const [first] = names;
  return first === undefined ? causes : [...causes, ...versionNameCauses("spec.version", first)];
}

function versionNameCauses(field: string, name: string): Cause[] {
  const mistakes = label1035Mistakes(name);
  return mistakes.length === 0 ? [] : [invalidValue(field, name, mistakes.join(","))];
}

/** The versions as Go dumps them, without the parts that moved to the top because all versions share them. */
function dumped(spec: JsonObject, text: string): Cause {
  const dumps = versionsOf(spec).map(
    (version) =>
      `apiextensions.CustomResourceDefinitionVersion{Name:${goValue(version["name"])}, Served:${version["served"] === true}, Storage:${version["storage"] === true}, Deprecated:${version["deprecated"] === true}, DeprecationWarning:(*string)(nil), Schema:(*apiextensions.CustomResourceValidation)(nil), Subresources:(*apiextensions.CustomResourceSubresources)(nil), AdditionalPrinterColumns:[]apiextensions.CustomResourceColumnDefinition(nil), SelectableFields:[]apiextensions.SelectableField(nil)}`,
  );
  const value = `[]apiextensions.CustomResourceDefinitionVersion{${dumps.join(", ")}}`;
  return { reason: "FieldValueInvalid", message: `Invalid value: ${value}: ${text}`, field: "spec.versions" };
}

function validateConversion(spec: JsonObject): Cause[] {
  const causes: Cause[] = [];
  const strategy = textAt(objectAt(spec, "conversion"), "strategy") ?? "None";
  if (strategy !== "None") {
    causes.push(notSupported("spec.conversion.strategy", strategy, ["None"]));
  }
  if (spec["preserveUnknownFields"] === true) {
    const text =
      "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead";
    causes.push(invalidValue("spec.preserveUnknownFields", true, text));
  }
  return causes;
}

function validateStoredVersions(crd: JsonObject, spec: JsonObject): Cause[] {
  const field = "status.storedVersions";
  const stored = (listAt(objectAt(crd, "status"), "storedVersions") ?? []).filter((name) => typeof name === "string");
  if (stored.length === 0) {
    return [dumpedStored(field, stored, "must have at least one stored version")];
  }
  const versions = versionsOf(spec);
  const known = new Set(versions.map((version) => textAt(version, "name")));
  const missing = versions
    .filter((version) => version["storage"] === true && !stored.includes(textAt(version, "name") ?? ""))
    .map((version) => dumpedStored(field, stored, `must have the storage version ${textAt(version, "name")}`));
  const gone = stored.flatMap((name, i) =>
    known.has(name) ? [] : [invalidValue(`${field}[${i}]`, name, "must appear in spec.versions")],
  );
  return [...missing, ...gone];
}

function dumpedStored(field: string, stored: readonly string[], text: string): Cause {
  const value = stored.length === 0 ? "[]string(nil)" : `[]string{${stored.map(goValue).join(", ")}}`;
  return { reason: "FieldValueInvalid", message: `Invalid value: ${value}: ${text}`, field };
}
