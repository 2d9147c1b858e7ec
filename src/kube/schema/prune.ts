import type { JsonObject, JsonValue } from "../json.ts";
import { isObject } from "../json.ts";
import { pruneObjectMeta } from "./objectMeta.ts";
import type { SchemaNode } from "./schemaNode.ts";
import { memberNode } from "./schemaNode.ts";

/**
 * Removes in place what the schema does not know and answers the paths, metadata first.
 * Below x-kubernetes-preserve-unknown-fields unknown members stay, known ones are still pruned inside.
 * Source: apiextensions-apiserver pkg/apiserver/schema/pruning.
 */
export function pruneObject(object: JsonObject, node: SchemaNode): string[] {
  const removed: string[] = [];
  pruneResource(object, node, "", removed);
  return removed;
}

/** A whole resource: apiVersion, kind and metadata are known whatever the schema says. */
function pruneResource(object: JsonObject, node: SchemaNode, path: string, removed: string[]): void {
  const metadata = object["metadata"];
  if (isObject(metadata)) {
    removed.push(...pruneObjectMeta(metadata, join(path, "metadata")));
  }
  pruneMembers(object, node, path, removed, RESOURCE_MEMBERS);
}

const RESOURCE_MEMBERS: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata"]);
const NO_MEMBERS: ReadonlySet<string> = new Set();

function pruneMembers(
  object: JsonObject,
  node: SchemaNode,
  path: string,
  removed: string[],
  keep: ReadonlySet<string>,
) {
  for (const name of Object.keys(object).sort()) {
    if (keep.has(name)) {
      continue;
    }
    const member = memberNode(node, name);
    if (member !== undefined) {
      pruneValue(object[name], member, join(path, name), removed);
    } else if (!node.preserveUnknown && node.additional !== true) {
      removed.push(join(path, name));
      delete object[name];
    }
  }
}

function pruneValue(value: JsonValue | undefined, node: SchemaNode, path: string, removed: string[]): void {
  if (Array.isArray(value)) {
    pruneItems(value, node, path, removed);
  } else if (isObject(value)) {
    if (node.embedded) {
      pruneResource(value, node, path, removed);
    } else {
      pruneMembers(value, node, path, removed, NO_MEMBERS);
    }
  }
}

function pruneItems(list: readonly JsonValue[], node: SchemaNode, path: string, removed: string[]): void {
  const { items } = node;
  if (items === undefined) {
    return;
  }
  for (const [i, item] of list.entries()) {
    pruneValue(item, items, `${path}[${i}]`, removed);
  }
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}
