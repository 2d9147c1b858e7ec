import { isObject, type JsonObject, listAt, objectAt, textAt } from "../json.ts";
import { customVersionOf, serveCustomVersion } from "./customVersion.ts";
import { collectionOf, type Resource, type ServedVersion, type Verb } from "./resource.ts";
import { compareVersions } from "./versions.ts";

/** In the order in which the real server lists them for custom resources. */
const VERBS: readonly Verb[] = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];

/** The resource that an established definition makes. */
export function customResourceOf(definition: JsonObject): Resource {
  const spec = objectAt(definition, "spec") ?? {};
  const names = objectAt(objectAt(definition, "status"), "acceptedNames") ?? objectAt(spec, "names") ?? {};
  const group = textAt(spec, "group") ?? "";
  const plural = textAt(names, "plural") ?? "";
  const kind = textAt(names, "kind") ?? "";
  const namespaced = spec["scope"] !== "Cluster";
  const versions = (listAt(spec, "versions") ?? []).filter(isObject).map(customVersionOf);
  const served: ServedVersion[] = [];
  const resource: Resource = {
    group,
    plural,
    kind,
    singular: textAt(names, "singular") ?? kind.toLowerCase(),
    listKind: textAt(names, "listKind") ?? `${kind}List`,
    shortNames: textsOf(names, "shortNames"),
    categories: textsOf(names, "categories"),
    namespaced,
    verbs: VERBS,
    collection: collectionOf(group, plural),
    definition: textAt(definition["metadata"], "name") ?? "",
    metaRule: { namespaced, name: "subdomain" },
    behaviour: { countsGenerations: true, updatesUnconditionally: false, createsOnUpdate: false },
    subresources: {},
    storedVersion: versions.find(({ isStored }) => isStored)?.name ?? "",
    versions: served,
  };
  for (const version of versions) {
    if (version.isServed) served.push(serveCustomVersion(resource, version, versions));
  }
  served.sort((a, b) => compareVersions(a.version, b.version));
  return resource;
}

function textsOf(object: JsonObject, key: string): string[] {
  return (listAt(object, key) ?? []).filter((item) => typeof item === "string");
}
