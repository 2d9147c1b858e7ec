import type { JsonObject, JsonValue } from "../json.ts";
import { isObject, ownValue, setValue, stringifyJson } from "../json.ts";
import type { Cause } from "../status.ts";
import { duplicate } from "./causes.ts";
import type { SchemaNode } from "./schemaNode.ts";
import { memberNode } from "./schemaNode.ts";
import { itemKey, join } from "./validateValue.ts";

/** Duplicates in x-kubernetes-list-type set and map (apiextensions-apiserver pkg/apiserver/schema/listtype). */
export function listTypeCauses(value: JsonValue | undefined, node: SchemaNode, path = ""): Cause[] {
  if (Array.isArray(value)) {
    const { items } = node;
    const below = items === undefined ? [] : value.flatMap((item, i) => listTypeCauses(item, items, `${path}[${i}]`));
    return [...duplicatesIn(value, node, path), ...below];
  }
  return isObject(value) ? memberCauses(value, node, path) : [];
}

function memberCauses(object: JsonObject, node: SchemaNode, path: string): Cause[] {
  return Object.entries(object).flatMap(([name, member]) => {
    const below = memberNode(node, name);
    return below === undefined ? [] : listTypeCauses(member, below, join(path, name));
  });
}

function duplicatesIn(list: readonly JsonValue[], node: SchemaNode, path: string): Cause[] {
  switch (node.listType) {
    case "set":
      return repeated(list, path, stringifyJson).map(({ field, item }) => duplicate(field, item));
    case "map":
      return repeated(list, path, (item) => itemKey(item, node)).map(({ field, item }) =>
        duplicate(field, keysOf(item, node)),
      );
    case "atomic":
    case undefined:
      return [];
  }
}

interface Repeated {
  readonly field: string;
  readonly item: JsonValue;
}

/** Items whose key came before, each key reported once. */
function repeated(list: readonly JsonValue[], path: string, keyOf: (item: JsonValue) => string): Repeated[] {
  const counts = new Map<string, number>();
  return list.flatMap((item, i) => {
    const key = keyOf(item);
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return count === 2 ? [{ field: `${path}[${i}]`, item }] : [];
  });
}

function keysOf(item: JsonValue, node: SchemaNode): JsonValue {
  const keys: JsonObject = {};
  for (const key of node.listMapKeys) {
    const value = isObject(item) ? ownValue(item, key) : undefined;
    if (value !== undefined) {
      setValue(keys, key, value);
    }
  }
  return keys;
}
