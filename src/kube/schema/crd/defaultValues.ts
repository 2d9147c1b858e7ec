import type { JsonObject } from "../../json.ts";
import { cloneJson, isObject, objectAt } from "../../json.ts";
import type { Cause } from "../../status.ts";
import { fieldForbidden, invalidValue } from "../causes.ts";
import { applyDefaults } from "../defaults.ts";
import { pruneObject } from "../prune.ts";
import { type SchemaNode, schemaNodeOf } from "../schemaNode.ts";
import { valueCauses } from "../validateValue.ts";

/** Every default must itself fit its schema, and hold nothing that pruning would remove. */
export function validateDefaults(schema: JsonObject, field: string): Cause[] {
  const root =
    schema["default"] === undefined ? [] : [fieldForbidden(`${field}.default`, "must not be set at the root")];
  return [...root, ...belowCauses(schema, field)];
}

function belowCauses(schema: JsonObject, field: string): Cause[] {
  const properties = Object.entries(objectAt(schema, "properties") ?? {}).map(
    ([name, below]) => [below, `${field}.properties[${name}]`] as const,
  );
  const others = ["items", "additionalProperties"].map((key) => [schema[key], `${field}.${key}`] as const);
  return [...properties, ...others].flatMap(([below, at]) =>
    isObject(below) ? [...defaultCauses(below, `${at}.default`), ...belowCauses(below, at)] : [],
  );
}

function defaultCauses(schema: JsonObject, field: string): Cause[] {
  const given = schema["default"];
  if (given === undefined) {
    return [];
  }
  const node = schemaNodeOf(schema);
  const value = cloneJson(given);
  applyDefaults(value, node);
  const unknown = isObject(value) ? unknownIn(value, node) : [];
  if (unknown.length > 0) {
    return [invalidValue(field, given, `must not have unknown fields: ${unknown.join(", ")}`)];
  }
  if (value === null && node.nullable) {
    return [];
  }
  return valueCauses({ value, path: "" }, node).map((cause) => ({
    ...cause,
    field: cause.field === "" ? field : `${field}.${cause.field}`,
  }));
}

function unknownIn(value: JsonObject, node: SchemaNode): string[] {
  const named = ["apiVersion", "kind", "metadata"].filter(
    (name) => Object.hasOwn(value, name) && !node.embedded && !node.properties.has(name) && !node.preserveUnknown,
  );
  return [...(node.additional === false ? named : []), ...pruneObject(cloneJson(value), node)];
}
