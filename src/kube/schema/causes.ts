import type { JsonValue } from "../json.ts";
import { isObject, stringifyJson } from "../json.ts";
import type { Cause } from "../status.ts";

/** Causes as k8s.io/apimachinery/pkg/util/validation/field words them. */
export function invalidValue(field: string, value: JsonValue | undefined, text: string): Cause {
  return { reason: "FieldValueInvalid", message: `Invalid value: ${goValue(value)}: ${text}`, field };
}

export function typeInvalid(field: string, value: JsonValue | undefined, text: string): Cause {
  return { reason: "FieldValueTypeInvalid", message: `Invalid value: ${goValue(value)}: ${text}`, field };
}

export function required(field: string, text = ""): Cause {
  return { reason: "FieldValueRequired", message: text === "" ? "Required value" : `Required value: ${text}`, field };
}

export function fieldForbidden(field: string, text: string): Cause {
  return { reason: "FieldValueForbidden", message: `Forbidden: ${text}`, field };
}

export function notSupported(field: string, value: JsonValue | undefined, supported: readonly string[]): Cause {
  const list = supported.map((each) => JSON.stringify(each)).join(", ");
  return {
    reason: "FieldValueNotSupported",
    message: `Unsupported value: ${goValue(value)}: supported values: ${list}`,
    field,
  };
}

export function duplicate(field: string, value: JsonValue): Cause {
  return { reason: "FieldValueDuplicate", message: `Duplicate value: ${goValue(value)}`, field };
}

export function tooMany(field: string, actual: number, limit: number): Cause {
  const items = limit === 1 ? "item" : "items";
  return { reason: "FieldValueTooMany", message: `Too many: ${actual}: must have at most ${limit} ${items}`, field };
}

export function tooLongValue(field: string, limit: number): Cause {
  const bytes = limit === 1 ? "byte" : "bytes";
  return { reason: "FieldValueTooLong", message: `Too long: may not be more than ${limit} ${bytes}`, field };
}

/** A field error's value as Go prints it: scalars plain, lists and maps with %#v. */
export function goValue(value: JsonValue | undefined): string {
  if (value === undefined || value === null) {
    return "null";
  }
  if (typeof value === "string") {
    return JSON.stringify(value);
  }
  return typeof value === "object" ? goDump(value) : String(value);
}

/** Go's %#v of unstructured JSON, with the members of maps sorted. */
function goDump(value: JsonValue): string {
  if (Array.isArray(value)) {
    return `[]interface {}{${value.map(goDump).join(", ")}}`;
  }
  if (isObject(value)) {
    const members = Object.keys(value)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${goDump(value[key] ?? null)}`);
    return `map[string]interface {}{${members.join(", ")}}`;
  }
  return value === null ? "interface {}(nil)" : stringifyJson(value);
}
