import { forbidden, notFound } from "../status.ts";
import type { ObjectStore } from "../store/objectStore.ts";
import { isDeleting } from "./metadata.ts";
import { pluralOf, type Resource } from "./resource.ts";

/** Nothing new comes into a namespace that is absent (404) or on its way out (403). */
export function checkNamespace(
  store: ObjectStore,
  { resource, name, namespace }: { readonly resource: Resource; readonly name: string; readonly namespace: string },
): void {
  const entry = store.get({ collection: "namespaces", namespace: "", name: namespace });
  if (!entry) throw notFound({ group: "", kind: "namespaces" }, namespace);
  if (!isDeleting(entry.object)) return;
  throw forbidden(
    pluralOf(resource),
    name,
    `unable to create new content in namespace ${namespace} because it is being terminated`,
    {
      causes: [
        {
          reason: "NamespaceTerminating",
          message: `namespace ${namespace} is being terminated`,
          field: "metadata.namespace",
        },
      ],
    },
  );
}
