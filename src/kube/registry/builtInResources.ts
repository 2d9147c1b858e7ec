import { KINDS } from "./builtInKinds.ts";
import { serveBuiltInVersion } from "./builtInVersion.ts";
import { collectionOf, type Resource, type ServedVersion } from "./resource.ts";

/** The resources that a server has before anyone defines one. */
export function builtInResources(): Resource[] {
  return KINDS.map((kind) => {
    const { group, version, plural, namespaced } = kind;
    const versions: ServedVersion[] = [];
    const resource: Resource = {
      group,
      plural,
      namespaced,
      kind: kind.kind,
      singular: kind.kind.toLowerCase(),
      listKind: `${kind.kind}List`,
      shortNames: kind.shortNames ?? [],
      categories: kind.categories ?? [],
      verbs: kind.verbs ?? ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
      collection: kind.collection ?? collectionOf(group, plural),
      definition: undefined,
      metaRule: { namespaced, name: kind.nameRule ?? "subdomain" },
      behaviour: {
        countsGenerations: kind.countsGenerations ?? false,
        updatesUnconditionally: kind.updatesUnconditionally ?? true,
        createsOnUpdate: kind.createsOnUpdate ?? false,
        ...kind.hooks,
      },
      subresources: kind.subresources ?? {},
      storedVersion: version,
      versions,
    };
    versions.push(serveBuiltInVersion(resource, kind));
    return resource;
  });
}
