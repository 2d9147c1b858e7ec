import { type Environment, evaluate } from "@marcbachmann/cel-js";
import type { JsonObject, JsonValue } from "../json.ts";
import { isObject } from "../json.ts";
import type { SchemaNode } from "../schema/schemaNode.ts";
import { isNode } from "../schema/schemaNode.ts";

/**
 * How values of one schema node appear in CEL: their declared type, and the conversion from JSON. Objects with
 * properties become message types, so that an unknown field is a mistake when the CRD is created.
 */
export interface CelType {
  readonly name: string;
  convert(value: JsonValue): unknown;
}

/** CEL's reserved words, which field names escape as `__word__` (Kubernetes: CEL, "Escaping"). */
const RESERVED = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
);

/** The CEL name of a property, or undefined when rules cannot reach it. */
function escapeField(name: string): string | undefined {
  if (RESERVED.has(name)) {
    return `__${name}__`;
  }
  if (!/^[A-Za-z_.\-/][A-Za-z0-9_.\-/]*$/.test(name)) {
    return undefined;
  }
  return name
    .replaceAll("__", "__underscores__")
    .replaceAll(".", "__dot__")
    .replaceAll("-", "__dash__")
    .replaceAll("/", "__slash__");
}

const DYN: CelType = { name: "dyn", convert: convertDynamic };
const STRING: CelType = { name: "string", convert: (value) => value };

/** Registers in an environment what the schema below one node needs. Type names count up, as CEL has no nesting. */
export class CelTypes {
  readonly #environment: Environment;
  #count = 0;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** The type of a node; `isRoot` adds apiVersion, kind and the two readable members of metadata. */
  typeOf(node: SchemaNode, isRoot = false): CelType {
    if (node.intOrString || node.nullable || node.type === undefined) {
      return DYN;
    }
    switch (node.type) {
      case "array":
        return this.#listType(node);
      case "object":
        return this.#objectType(node, isRoot || node.embedded);
      case "integer":
        return { name: "int", convert: (value) => (typeof value === "number" ? BigInt(value) : value) };
      case "number":
        return { name: "double", convert: Number };
      case "boolean":
        return { name: "bool", convert: (value) => value };
      default:
        return stringType(node.format);
    }
  }

  #listType(node: SchemaNode): CelType {
    const item = node.items === undefined ? DYN : this.typeOf(node.items);
    return {
      name: `list<${item.name}>`,
      convert: (value) => (Array.isArray(value) ? value.map((each) => item.convert(each)) : value),
    };
  }

  #objectType(node: SchemaNode, isResource: boolean): CelType {
    if (isNode(node.additional)) {
      return mapType(this.typeOf(node.additional));
    }
    if (node.properties.size === 0 && !isResource) {
      return node.preserveUnknown ? DYN : this.#messageType(new Map());
    }
    const fields = new Map<string, CelType>();
    for (const [name, property] of node.properties) {
      fields.set(name, this.typeOf(property));
    }
    if (isResource) {
      fields.set("apiVersion", STRING);
      fields.set("kind", STRING);
      fields.set(
        "metadata",
        this.#messageType(
          new Map([
            ["name", STRING],
            ["generateName", STRING],
          ]),
        ),
      );
    }
    return this.#messageType(fields);
  }

  #messageType(members: ReadonlyMap<string, CelType>): CelType {
    class Message {
      [field: string]: unknown;
    }
    this.#count++;
    const name = `Object${this.#count}`;
    const known = new Map<string, { field: string; type: CelType }>();
    const fields: Record<string, string> = {};
    for (const [member, type] of members) {
      const field = escapeField(member);
      if (field !== undefined) {
        known.set(member, { field, type });
        fields[field] = type.name;
      }
    }
    this.#environment.registerType(name, { ctor: Message, fields });
    this.#environment.registerOperator(`${name} == ${name}`, sameValue);
    return { name, convert: (value) => (isObject(value) ? fill(new Message(), value, known) : value) };
  }
}

function fill(
  message: Record<string, unknown>,
  value: JsonObject,
  known: ReadonlyMap<string, { field: string; type: CelType }>,
): unknown {
  for (const [member, { field, type }] of known) {
    const own = Object.hasOwn(value, member) ? value[member] : undefined;
    if (own !== undefined) {
      message[field] = type.convert(own);
    }
  }
  return message;
}

function mapType(value: CelType): CelType {
  return {
    name: `map<string, ${value.name}>`,
    convert: (map) =>
      isObject(map) ? new Map(Object.entries(map).map(([key, member]) => [key, value.convert(member ?? null)])) : map,
  };
}

function stringType(format: string | undefined): CelType {
  switch (format) {
    case "byte":
      return { name: "bytes", convert: (value) => Uint8Array.from(Buffer.from(String(value), "base64")) };
    case "date-time":
    case "date":
      return { name: "google.protobuf.Timestamp", convert: (value) => new Date(String(value)) };
    case "duration":
      return { name: "google.protobuf.Duration", convert: (value) => evaluate("duration(text)", { text: value }) };
    default:
      return STRING;
  }
}

function convertDynamic(value: JsonValue): unknown {
  if (Array.isArray(value)) {
    return value.map(convertDynamic);
  }
  if (isObject(value)) {
    return new Map(Object.entries(value).map(([key, member]) => [key, convertDynamic(member ?? null)]));
  }
  return typeof value === "number" && Number.isInteger(value) ? BigInt(value) : value;
}

/** CEL equality of converted values; messages are equal when all their fields are. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) {
    return true;
  }
  if (isNumeric(a) && isNumeric(b)) {
    return Number(a) === Number(b);
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, i) => sameValue(item, b[i]));
  }
  if (a instanceof Date && b instanceof Date) {
    return a.getTime() === b.getTime();
  }
  return typeof a === "object" && typeof b === "object" && a !== null && b !== null && sameEntries(a, b);
}

function isNumeric(value: unknown): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

function sameEntries(a: object, b: object): boolean {
  const before = a instanceof Map ? a : new Map(Object.entries(a));
  const after = b instanceof Map ? b : new Map(Object.entries(b));
  return (
    before.size === after.size &&
    [...before].every(([key, value]) => after.has(key) && sameValue(value, after.get(key)))
  );
}
