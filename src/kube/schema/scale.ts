import type { JsonObject, JsonValue } from "../json.ts";
import { isObject, ownValue, textAt } from "../json.ts";
import type { Cause } from "../status.ts";
import { goValue, invalidValue } from "./causes.ts";

const MAX_INT32 = 2_147_483_647;

/** Replicas that a scale subresource reads must be int32 and not negative (apiextensions-apiserver, customresource strategy). */
export function scaleCauses(object: JsonObject, scale: JsonObject): Cause[] {
  return ["specReplicasPath", "statusReplicasPath"].flatMap((key) => {
    const path = textAt(scale, key);
    return path === undefined ? [] : replicasCauses(object, path);
  });
}

function replicasCauses(object: JsonObject, path: string): Cause[] {
  const names = path.split(".").slice(1);
  let value: JsonValue | undefined = object;
  for (const name of names) {
    if (value === undefined) {
      return [];
    }
    if (!isObject(value)) {
      return [accessorCause(path, value, "map[string]interface{}")];
    }
    value = ownValue(value, name);
  }
  return value === undefined ? [] : numberCauses(path, value);
}

function numberCauses(path: string, value: JsonValue): Cause[] {
  if (typeof value !== "bigint" && !Number.isInteger(value)) {
    return [accessorCause(path, value, "int64")];
  }
  if (Number(value) < 0) {
    return [invalidValue(path, value, "should be a non-negative integer")];
  }
  return Number(value) > MAX_INT32 ? [invalidValue(path, value, `should be less than or equal to ${MAX_INT32}`)] : [];
}

function accessorCause(path: string, value: JsonValue, expected: string): Cause {
  const shown = typeof value === "string" ? value : goPlain(value);
  return invalidValue(
    path,
    0,
    `${path} accessor error: ${shown} is of the type ${goTypeOf(value)}, expected ${expected}`,
  );
}

/** Go's %v. */
function goPlain(value: JsonValue): string {
  if (Array.isArray(value)) {
    return `[${value.map((item) => (typeof item === "string" ? item : goPlain(item))).join(" ")}]`;
  }
  return value === null ? "<nil>" : goValue(value);
}

function goTypeOf(value: JsonValue): string {
  if (Array.isArray(value)) {
    return "[]interface {}";
  }
  if (isObject(value)) {
    return "map[string]interface {}";
  }
  if (typeof value === "number") {
    return Number.isInteger(value) ? "int64" : "float64";
  }
  return typeof value === "boolean"
    ? "bool"
    : value === null
      ? "<nil>"
      : typeof value === "bigint"
        ? "int64"
        : "string";
}
