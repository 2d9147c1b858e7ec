import type { JsonObject, JsonValue } from "../json.ts";
import { cloneJson, isObject, setValue } from "../json.ts";
import type { SchemaNode } from "./schemaNode.ts";
import { memberNode } from "./schemaNode.ts";

/**
 * Fills in defaults and removes nulls from members that are not nullable, in place; a null with a default is defaulted.
 * Source: apiextensions-apiserver pkg/apiserver/schema/defaulting (Default, PruneNonNullableNullsWithoutDefaults).
 */
export function applyDefaults(value: JsonValue | undefined, node: SchemaNode): void {
  if (Array.isArray(value)) {
    if (node.items !== undefined) {
      for (const item of value) {
        applyDefaults(item, node.items);
      }
    }
  } else if (isObject(value)) {
    defaultMembers(value, node);
  }
}

function defaultMembers(object: JsonObject, node: SchemaNode): void {
  for (const [name, property] of node.properties) {
    if (property.default !== undefined && isMissing(object, name, property)) {
      setValue(object, name, cloneJson(property.default));
    }
  }
  for (const [name, member] of Object.entries(object)) {
    const below = memberNode(node, name);
    if (below === undefined) {
      continue;
    }
    if (member === null && !below.nullable) {
      dropNull(object, name, below);
    } else {
      applyDefaults(member, below);
    }
  }
}

function isMissing(object: JsonObject, name: string, node: SchemaNode): boolean {
  return !Object.hasOwn(object, name) || (object[name] === null && !node.nullable);
}

/** Nulls that got a default are gone by now, except in maps, where the default belongs to the values. */
function dropNull(object: JsonObject, name: string, node: SchemaNode): void {
  if (node.default === undefined) {
    delete object[name];
  } else {
    setValue(object, name, cloneJson(node.default));
  }
}
