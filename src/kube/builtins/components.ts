import type { JsonObject } from "../json.ts";
import { isObject, listAt, objectAt, textAt } from "../json.ts";
import componentsJson from "./components.json" with { type: "json" };

/** OpenAPI v3 components of the built-in kinds and of the meta types, by full name. */
const COMPONENTS: Readonly<Record<string, JsonObject>> = componentsJson;

export const META = "io.k8s.apimachinery.pkg.apis.meta.v1";
export const OBJECT_META = `${META}.ObjectMeta`;
const REF_PREFIX = "#/components/schemas/";

export function component(name: string): JsonObject {
  const schema = COMPONENTS[name];
  if (schema === undefined) {
    throw new Error(`no component ${name} in components.json: add its model to the roots of the generator`);
  }
  return schema;
}

/** The full name that a schema refers to, written `allOf: [{$ref}]` or `$ref`. */
export function referenceOf(schema: JsonObject): string | undefined {
  const [only] = listAt(schema, "allOf") ?? [];
  const ref = textAt(schema, "$ref") ?? textAt(only, "$ref");
  return ref?.startsWith(REF_PREFIX) ? ref.slice(REF_PREFIX.length) : undefined;
}

/** All components that a set of names needs, themselves included. */
export function withReferences(names: Iterable<string>): Map<string, JsonObject> {
  const found = new Map<string, JsonObject>();
  const pending = [...names];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (!found.has(name)) {
      const schema = component(name);
      found.set(name, schema);
      pending.push(...referencesIn(schema));
    }
  }
  return found;
}

/** The names that a schema refers to, at any depth. */
export function referencesIn(schema: JsonObject): string[] {
  const own = textAt(schema, "$ref");
  const below = [
    ...Object.values(objectAt(schema, "properties") ?? {}),
    ...["items", "additionalProperties"].map((key) => schema[key]),
    ...["allOf", "anyOf", "oneOf"].flatMap((key) => listAt(schema, key) ?? []),
  ];
  return [
    ...(own?.startsWith(REF_PREFIX) ? [own.slice(REF_PREFIX.length)] : []),
    ...below.filter(isObject).flatMap(referencesIn),
  ];
}
