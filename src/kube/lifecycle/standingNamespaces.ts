import { STANDING_NAMESPACES } from "../registry/namespaceRules.ts";
import type { ObjectWriter } from "../registry/objectWriter.ts";
import type { Registry } from "../registry/registry.ts";
import type { ObjectStore } from "../store/objectStore.ts";

interface StandingNamespacesParts {
  readonly store: ObjectStore;
  readonly registry: Registry;
  readonly writer: ObjectWriter;
}

/** Makes the namespaces that every cluster has. */
export function createStandingNamespaces({ store, registry, writer }: StandingNamespacesParts): void {
  const version = registry.find("", "v1", "namespaces");
  if (!version) return;
  for (const name of STANDING_NAMESPACES) {
    if (store.get({ collection: "namespaces", namespace: "", name })) continue;
    const object = { kind: "Namespace", apiVersion: "v1", metadata: { name } };
    writer.create({ version, namespace: "", object, dryRun: false, warn: () => {} });
  }
}
