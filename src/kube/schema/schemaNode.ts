import type { JsonObject, JsonValue } from "../json.ts";
import { isObject, listAt, objectAt, textAt } from "../json.ts";

/** One node of a structural schema, read once from its OpenAPI form, so that walks over objects need no look-ups by name. */
export interface SchemaNode {
  readonly type: string | undefined;
  readonly format: string | undefined;
  readonly nullable: boolean;
  readonly intOrString: boolean;
  readonly preserveUnknown: boolean;
  readonly embedded: boolean;
  readonly properties: ReadonlyMap<string, SchemaNode>;
  /** The schema of all other members; true allows them without a schema. */
  readonly additional: SchemaNode | boolean;
  readonly items: SchemaNode | undefined;
  readonly default: JsonValue | undefined;
  readonly listType: "map" | "set" | "atomic" | undefined;
  readonly listMapKeys: readonly string[];
  readonly limits: Limits;
  readonly enum: readonly JsonValue[] | undefined;
  readonly required: readonly string[];
  readonly pattern: string | undefined;
  readonly allOf: readonly SchemaNode[];
  readonly anyOf: readonly SchemaNode[];
  readonly oneOf: readonly SchemaNode[];
  readonly not: SchemaNode | undefined;
  readonly rules: readonly JsonObject[];
}

export interface Limits {
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
  readonly exclusiveMinimum: boolean;
  readonly exclusiveMaximum: boolean;
  readonly multipleOf: number | undefined;
  readonly minLength: number | undefined;
  readonly maxLength: number | undefined;
  readonly minItems: number | undefined;
  readonly maxItems: number | undefined;
  readonly minProperties: number | undefined;
  readonly maxProperties: number | undefined;
}

/** Reads an OpenAPI v3 schema. It must have passed `validateCrd`; what is of the wrong type is taken as absent. */
export function schemaNodeOf(schema: JsonObject): SchemaNode {
  const properties = new Map(
    Object.entries(objectAt(schema, "properties") ?? {}).flatMap(([name, property]) =>
      isObject(property) ? [[name, schemaNodeOf(property)] as const] : [],
    ),
  );
  const items = objectAt(schema, "items");
  const additional = additionalOf(schema["additionalProperties"]);
  const itemNode = items === undefined ? undefined : schemaNodeOf(items);
  const not = objectAt(schema, "not");
  return {
    type: textAt(schema, "type"),
    format: textAt(schema, "format"),
    nullable: schema["nullable"] === true,
    intOrString: schema["x-kubernetes-int-or-string"] === true,
    preserveUnknown: schema["x-kubernetes-preserve-unknown-fields"] === true,
    embedded: schema["x-kubernetes-embedded-resource"] === true,
    properties,
    additional,
    items: itemNode,
    default: schema["default"],
    listType: listTypeOf(schema),
    listMapKeys: textsAt(schema, "x-kubernetes-list-map-keys"),
    limits: limitsOf(schema),
    enum: listAt(schema, "enum"),
    required: textsAt(schema, "required"),
    pattern: textAt(schema, "pattern"),
    allOf: nodesAt(schema, "allOf"),
    anyOf: nodesAt(schema, "anyOf"),
    oneOf: nodesAt(schema, "oneOf"),
    not: not === undefined ? undefined : schemaNodeOf(not),
    rules: (listAt(schema, "x-kubernetes-validations") ?? []).filter(isObject),
  };
}

export function isNode(additional: SchemaNode | boolean): additional is SchemaNode {
  return typeof additional !== "boolean";
}

/** The schema of one member, or undefined when none says anything about it. */
export function memberNode(node: SchemaNode, name: string): SchemaNode | undefined {
  const property = node.properties.get(name);
  if (property !== undefined) {
    return property;
  }
  return isNode(node.additional) ? node.additional : undefined;
}

function additionalOf(value: JsonValue | undefined): SchemaNode | boolean {
  return isObject(value) ? schemaNodeOf(value) : value === true;
}

function nodesAt(schema: JsonObject, key: string): SchemaNode[] {
  return (listAt(schema, key) ?? []).filter(isObject).map(schemaNodeOf);
}

export function textsAt(schema: JsonObject, key: string): string[] {
  return (listAt(schema, key) ?? []).filter((item) => typeof item === "string");
}

function listTypeOf(schema: JsonObject): SchemaNode["listType"] {
  const type = schema["x-kubernetes-list-type"];
  return type === "map" || type === "set" || type === "atomic" ? type : undefined;
}

function limitsOf(schema: JsonObject): Limits {
  return {
    minimum: numberAt(schema, "minimum"),
    maximum: numberAt(schema, "maximum"),
    exclusiveMinimum: schema["exclusiveMinimum"] === true,
    exclusiveMaximum: schema["exclusiveMaximum"] === true,
    multipleOf: numberAt(schema, "multipleOf"),
    minLength: numberAt(schema, "minLength"),
    maxLength: numberAt(schema, "maxLength"),
    minItems: numberAt(schema, "minItems"),
    maxItems: numberAt(schema, "maxItems"),
    minProperties: numberAt(schema, "minProperties"),
    maxProperties: numberAt(schema, "maxProperties"),
  };
}

function numberAt(schema: JsonObject, key: string): number | undefined {
  const value = schema[key];
  return typeof value === "number" || typeof value === "bigint" ? Number(value) : undefined;
}
