import { z } from "zod";
import type { JsonObject, JsonValue } from "../device.ts";

/**
 * The structural schema of a CustomResourceDefinition (apiextensions.k8s.io/v1) for a zod schema. Descriptions, limits
 * and enumerations come over, as do `x-kubernetes-…` keys in a field's metadata; the rest of JSON Schema stays behind.
 */
export function structuralSchema(schema: z.ZodType): JsonObject {
  // As input: what a manifest may leave out is not required. Free JSON has no JSON Schema of its own, only metadata.
  const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any", reused: "inline" });
  return structural(JSON.parse(JSON.stringify(json)));
}

/** Bounds that every number in JavaScript has say nothing about the field. */
const SAFE = new Set([Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]);
const LEFT_OUT = new Set(["$schema", "propertyNames", "facts", "additionalProperties"]);

function structural(json: JsonObject): JsonObject {
  const entries = Object.entries(json).filter(([key, value]) => !LEFT_OUT.has(key) && !isSafeBound(key, value));
  const fields = entries.map(([key, value]): [string, JsonValue] => {
    if (key === "properties" && isObject(value)) return [key, mapValues(value)];
    return [key, key === "items" && isObject(value) ? structural(value) : value];
  });
  return inOrder({ ...Object.fromEntries(fields), ...otherProperties(json["additionalProperties"]) });
}

/** A record's values have a schema; a loose object takes anything beside what it names. */
function otherProperties(schema: JsonValue | undefined): JsonObject {
  if (!isObject(schema)) return {};
  if (Object.keys(schema).length === 0) return { "x-kubernetes-preserve-unknown-fields": true };
  return { additionalProperties: structural(schema) };
}

const mapValues = (properties: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, isObject(schema) ? structural(schema) : schema]),
  );

/** The description first: people read the file, too. */
function inOrder({ description, type, ...rest }: JsonObject): JsonObject {
  return { ...(description === undefined ? {} : { description }), ...(type === undefined ? {} : { type }), ...rest };
}

const isSafeBound = (key: string, value: JsonValue): boolean =>
  (key === "minimum" || key === "maximum") && typeof value === "number" && SAFE.has(value);

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
