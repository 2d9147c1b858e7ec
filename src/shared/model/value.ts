import { Fault } from "../kit/fault.ts";

/**
 * The types a property can have (devices.kubeedge.io/v1beta1, ModelProperty.type). STREAM exists in KubeEdge;
 * Edgeloom refuses it, since a stream has no value to report.
 */
export const PROPERTY_TYPES = ["INT", "FLOAT", "DOUBLE", "STRING", "BOOLEAN", "BYTES"] as const;
export type PropertyType = (typeof PROPERTY_TYPES)[number];

/** A value in memory: INT is a bigint (64 bits without loss), FLOAT and DOUBLE numbers, BYTES bytes. */
export type Value = bigint | number | string | boolean | Uint8Array;

/**
 * The one text of a value, which crosses every border (mapper channel, store, hub, DeviceStatus): INT decimal digits,
 * FLOAT/DOUBLE the shortest text that reads back the same, BOOLEAN `true`/`false`, STRING itself, BYTES base64.
 * Two values are equal if their texts are. `undefined` is no value (NaN and infinities have none).
 */
export type ValueText = string;

/** What an INT can hold. */
export const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n } as const;

/** The text of a value as its property's type has it; undefined for NaN and infinities, which no JSON can carry. */
export function formatValue(value: Value, type: PropertyType): ValueText | undefined {
  switch (type) {
    case "INT":
      return integerText(value);
    case "FLOAT":
      return shortestFloat(Math.fround(Number(value)));
    case "DOUBLE":
      return shortestDouble(Number(value));
    case "BOOLEAN":
      return value === true || value === 1 || value === 1n || value === "true" ? "true" : "false";
    case "BYTES":
      return Buffer.from(value instanceof Uint8Array ? value : String(value)).toString("base64");
    case "STRING":
      return value instanceof Uint8Array ? Buffer.from(value).toString("utf8") : String(value);
  }
}

/**
 * Reads a value as a person, a manifest or a mapper writes it. Accepts what means the same (`1e3` or `1000.0` for INT,
 * `1`/`0` for BOOLEAN). Throws `data.wrongType`, with the type and the text in the message.
 */
export function parseValue(text: string, type: PropertyType): Value {
  switch (type) {
    case "INT":
      return parseInteger(text);
    case "FLOAT":
      return Math.fround(parseNumber(text, "FLOAT"));
    case "DOUBLE":
      return parseNumber(text, "DOUBLE");
    case "BOOLEAN":
      if (text === "true" || text === "1") return true;
      if (text === "false" || text === "0") return false;
      throw wrongType(text, "BOOLEAN", "true or false");
    case "BYTES":
      if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 === 1) throw wrongType(text, "BYTES", "base64");
      return new Uint8Array(Buffer.from(text, "base64"));
    case "STRING":
      return text;
  }
}

/** The canonical text of a written value: `parseValue` then `formatValue`. Throws `data.wrongType`. */
export function canonicalText(text: string, type: PropertyType): ValueText {
  const canonical = formatValue(parseValue(text, type), type);
  if (canonical === undefined) throw wrongType(text, type, "a finite number");
  return canonical;
}

/**
 * The canonical text of a value that somebody wants a property to have. Throws `data.wrongType`, and `data.outOfRange`
 * outside the model's limits.
 */
export function wantedText(text: string, property: Limits & { readonly type: PropertyType }): ValueText {
  const canonical = canonicalText(text, property.type);
  checkRange(parseValue(canonical, property.type), property);
  return canonical;
}

/** The JSON literal of a value's text, without a detour that loses digits: `21.5`, `9223372036854775807`, `"abc"`, `null`. */
export function jsonLiteral(text: ValueText | undefined, type: PropertyType): string {
  if (text === undefined) return "null";
  return type === "STRING" || type === "BYTES" ? JSON.stringify(text) : text;
}

/** The model's, as texts; empty means none. */
interface Limits {
  readonly minimum?: string | undefined;
  readonly maximum?: string | undefined;
}

/** Throws `data.outOfRange` if a number lies outside the limits. */
export function checkRange(value: Value, { minimum, maximum }: Limits): void {
  if (typeof value !== "bigint" && typeof value !== "number") return;
  if (isNumeric(minimum) && value < numberOf(minimum)) {
    throw new Fault("data.outOfRange", `${value} is below the minimum ${minimum}`);
  }
  if (isNumeric(maximum) && value > numberOf(maximum)) {
    throw new Fault("data.outOfRange", `${value} is above the maximum ${maximum}`);
  }
}

function isNumeric(text: string | undefined): text is string {
  return text !== undefined && text.trim() !== "" && Number.isFinite(Number(text));
}

function numberOf(text: string): number | bigint {
  return /^\s*[+-]?\d+\s*$/.test(text) ? BigInt(text.trim().replace(/^\+/, "")) : Number(text);
}

function integerText(value: Value): string | undefined {
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "boolean") return value ? "1" : "0";
  const number = Number(value);
  return Number.isFinite(number) ? BigInt(Math.round(number)).toString() : undefined;
}

function parseInteger(text: string): bigint {
  const trimmed = text.trim();
  let value: bigint;
  if (/^[+-]?\d+$/.test(trimmed)) {
    value = BigInt(trimmed.replace(/^\+/, ""));
  } else {
    const number = trimmed === "" ? Number.NaN : Number(trimmed);
    if (!Number.isSafeInteger(number)) throw wrongType(text, "INT", "a whole number");
    value = BigInt(number);
  }
  if (value < INT64.min || value > INT64.max) throw wrongType(text, "INT", "a number of 64 bits");
  return value;
}

function parseNumber(text: string, type: "FLOAT" | "DOUBLE"): number {
  const number = text.trim() === "" ? Number.NaN : Number(text);
  if (!Number.isFinite(number)) throw wrongType(text, type, "a finite number");
  if (type === "FLOAT" && !Number.isFinite(Math.fround(number))) throw wrongType(text, type, "a 32-bit number");
  return number;
}

/** JavaScript's own text of a double is the shortest that reads back the same (ECMA-262, Number::toString). */
function shortestDouble(value: number): string | undefined {
  if (!Number.isFinite(value)) return undefined;
  return Object.is(value, -0) ? "-0" : String(value);
}

/** Nine significant digits always suffice for an IEEE 754 binary32; mostly fewer do. */
function shortestFloat(value: number): string | undefined {
  if (!Number.isFinite(value)) return undefined;
  for (let digits = 1; digits < 9; digits++) {
    const candidate = Number(value.toPrecision(digits));
    if (Math.fround(candidate) === value) return shortestDouble(candidate);
  }
  return shortestDouble(Number(value.toPrecision(9)));
}

function wrongType(text: string, type: PropertyType, wanted: string): Fault {
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return new Fault("data.wrongType", `${JSON.stringify(shown)} is not ${wanted}, as ${type} needs`);
}
