import type { JsonObject, JsonValue } from "../json.ts";
import { isObject, objectAt, textAt } from "../json.ts";
import { component, referenceOf } from "./components.ts";
import { canonicalTime, timeMistake } from "./goTime.ts";
import { canonicalQuantity, QUANTITY_MISTAKE } from "./quantity.ts";

/**
 * Decodes JSON as a Go struct would be: mistakes in Go's words (encoding/json), unknown members removed and named,
 * nulls and empty optional members dropped, times and quantities in canonical form.
 */
export interface Decoding {
  /** The first mistake, or undefined. After a mistake the object is only partly cleaned and must not be used. */
  readonly mistake: string | undefined;
  /** Paths of members that the type does not have. */
  readonly unknown: readonly string[];
}

export interface DecodeOptions {
  /** Where the object stands in the whole, for `unknown`: "" or "metadata". */
  readonly path: string;
  /** Remove and normalise in place; without it the object is only judged. */
  readonly clean: boolean;
}

export function decodeTyped(object: JsonObject, componentName: string, { path, clean }: DecodeOptions): Decoding {
  const decoder = new Decoder(clean);
  try {
    decoder.struct(object, componentName, { field: "", path });
  } catch (error) {
    if (error instanceof Mistake) {
      return { mistake: error.message, unknown: decoder.unknown };
    }
    throw error;
  }
  return { mistake: undefined, unknown: decoder.unknown };
}

/** What Go says about a value of the wrong JSON type for a whole struct, such as metadata that is a list. */
export function wrongStruct(value: JsonValue, componentName: string): string {
  return `json: cannot unmarshal ${goKind(value)} into Go value of type ${goStruct(componentName)}`;
}

class Mistake extends Error {}

interface Place {
  /** Dotted names from the root of the Go value, without indices; Go prints these. */
  readonly field: string;
  /** Path with indices, for unknown members. */
  readonly path: string;
}

/** Where a value stands: in which struct (Go prints its name) and under which field. */
interface Member extends Place {
  readonly struct: string;
}

/** Plain Go bools and ints with omitempty vanish when they are zero; all other optional ones are pointers. */
const PLAIN_ZERO = new Set(
  "unschedulable deprecated nullable exclusiveMinimum exclusiveMaximum uniqueItems x-kubernetes-embedded-resource x-kubernetes-int-or-string preserveUnknownFields publishNotReadyAddresses count deprecatedCount priority generation".split(
    " ",
  ),
);
/** Go *string: an empty text is a value. */
const POINTER_TEXT = new Set(["holderIdentity", "preferredHolder", "strategy", "deprecationWarning", "fieldPath"]);

class Decoder {
  readonly unknown: string[] = [];
  readonly #clean: boolean;

  constructor(clean: boolean) {
    this.#clean = clean;
  }

  struct(object: JsonObject, name: string, place: Place): void {
    const schema = component(name);
    const properties = objectAt(schema, "properties") ?? {};
    const required = schema["required"];
    for (const key of Object.keys(object)) {
      const property = properties[key];
      const member = { struct: shortName(name), field: join(place.field, key), path: join(place.path, key) };
      if (!isObject(property)) {
        this.unknown.push(member.path);
        this.#drop(object, key);
        continue;
      }
      const value = this.#value(object[key], property, member);
      const optional = !(Array.isArray(required) && required.includes(key));
      if (value === undefined || (optional && isEmpty(key, value, property))) {
        this.#drop(object, key);
      } else if (this.#clean) {
        object[key] = value;
      }
    }
  }

  /** The value in canonical form; undefined for null, which Go reads as the zero value. */
  #value(value: JsonValue | undefined, schema: JsonObject, member: Member): JsonValue | undefined {
    if (value === null || value === undefined) {
      return undefined;
    }
    const reference = referenceOf(schema);
    if (reference !== undefined) {
      return this.#reference(value, reference, member);
    }
    switch (textAt(schema, "type")) {
      case "array":
        return this.#list(value, schema, member);
      case "object":
        return this.#map(value, schema, member);
      case undefined:
        return intOrStringOf(value, schema, member);
      default:
        return scalarOf(value, schema, member);
    }
  }

  #reference(value: JsonValue, reference: string, member: Member): JsonValue {
    const name = shortName(reference);
    if (name === "Time" || name === "MicroTime") {
      return timeOf(value, name, member);
    }
    if (name === "Quantity") {
      return quantityOf(value);
    }
    if (!isObject(value)) {
      throw wrongType(value, goStruct(reference), member);
    }
    this.struct(value, reference, member);
    return value;
  }

  #list(value: JsonValue, schema: JsonObject, member: Member): JsonValue {
    const items = objectAt(schema, "items") ?? {};
    if (!Array.isArray(value)) {
      throw wrongType(value, goType(schema), member);
    }
    for (const [i, item] of value.entries()) {
      const decoded = this.#value(item, items, { ...member, path: `${member.path}[${i}]` });
      if (this.#clean) {
        value[i] = decoded ?? zeroOf(items);
      }
    }
    return value;
  }

  #map(value: JsonValue, schema: JsonObject, member: Member): JsonValue {
    const values = objectAt(schema, "additionalProperties") ?? {};
    if (!isObject(value)) {
      throw wrongType(value, goType(schema), member);
    }
    for (const key of Object.keys(value)) {
      const decoded = this.#value(value[key], values, { ...member, path: join(member.path, key) });
      if (this.#clean) {
        value[key] = decoded ?? zeroOf(values);
      }
    }
    return value;
  }

  #drop(object: JsonObject, key: string): void {
    if (this.#clean) {
      delete object[key];
    }
  }
}

function timeOf(value: JsonValue, kind: "Time" | "MicroTime", member: Member): string {
  if (typeof value !== "string") {
    throw wrongType(value, "string", member);
  }
  const mistake = timeMistake(value, kind);
  if (mistake !== undefined) {
    throw new Mistake(mistake);
  }
  return canonicalTime(value, kind);
}

function quantityOf(value: JsonValue): string {
  const canonical = typeof value === "object" ? undefined : canonicalQuantity(String(value));
  if (canonical === undefined) {
    throw new Mistake(QUANTITY_MISTAKE);
  }
  return canonical;
}

function intOrStringOf(value: JsonValue, schema: JsonObject, member: Member): JsonValue {
  if (schema["x-kubernetes-int-or-string"] === true && typeof value !== "string" && typeof value !== "number") {
    throw wrongType(value, "int32", member);
  }
  return value;
}

function scalarOf(value: JsonValue, schema: JsonObject, member: Member): JsonValue {
  const type = textAt(schema, "type");
  const fits = type === "integer" || type === "number" ? isNumber(value) : typeof value === type;
  if (!fits) {
    throw wrongType(value, goType(schema), member);
  }
  if (type === "integer" && !Number.isInteger(Number(value))) {
    throw wrongType(value, goType(schema), member, ` ${value}`);
  }
  if (typeof value === "string" && schema["format"] === "byte") {
    checkBase64(value);
  }
  return value;
}

/** Where Go's decoder stumbles over text that is not standard base64 with padding. */
function checkBase64(text: string): void {
  const bad = text.search(/[^A-Za-z0-9+/=\r\n]/);
  if (bad >= 0) {
    throw new Mistake(`illegal base64 data at input byte ${bad}`);
  }
  const plain = text.replaceAll(/[\r\n]/g, "");
  const shape = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
  if (!shape.test(plain)) {
    const padding = plain.indexOf("=");
    throw new Mistake(`illegal base64 data at input byte ${padding < 0 ? plain.length - (plain.length % 4) : padding}`);
  }
}

function wrongType(value: JsonValue, type: string, { struct, field }: Member, text = ""): Mistake {
  return new Mistake(
    `json: cannot unmarshal ${goKind(value)}${text} into Go struct field ${struct}.${field} of type ${type}`,
  );
}

function isNumber(value: JsonValue): boolean {
  return typeof value === "number" || typeof value === "bigint";
}

function goKind(value: JsonValue): string {
  if (Array.isArray(value)) {
    return "array";
  }
  if (isNumber(value)) {
    return "number";
  }
  return typeof value === "boolean" ? "bool" : typeof value;
}

function goType(schema: JsonObject): string {
  const reference = referenceOf(schema);
  if (reference !== undefined) {
    return goStruct(reference);
  }
  const format = textAt(schema, "format");
  switch (textAt(schema, "type")) {
    case "array":
      return `[]${goType(objectAt(schema, "items") ?? {})}`;
    case "object":
      return `map[string]${goType(objectAt(schema, "additionalProperties") ?? {})}`;
    case "boolean":
      return "bool";
    case "integer":
      return format ?? "int32";
    case "number":
      return "float64";
    case "string":
      return format === "byte" ? "[]uint8" : "string";
    default:
      return "interface {}";
  }
}

function goStruct(componentName: string): string {
  return `v1.${shortName(componentName)}`;
}

function shortName(componentName: string): string {
  return componentName.slice(componentName.lastIndexOf(".") + 1);
}

function isEmpty(key: string, value: JsonValue, schema: JsonObject): boolean {
  if (typeof value === "string") {
    return value === "" && !POINTER_TEXT.has(key) && textAt(schema, "type") === "string";
  }
  if (Array.isArray(value)) {
    return value.length === 0 && textAt(schema, "type") === "array";
  }
  if (isObject(value)) {
    return Object.keys(value).length === 0 && textAt(schema, "type") === "object";
  }
  return (value === false || value === 0) && PLAIN_ZERO.has(key);
}

function zeroOf(schema: JsonObject): JsonValue {
  return textAt(schema, "type") === "string" ? "" : null;
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}
