import type { JsonObject, JsonValue } from "../json.ts";
import { cloneJson, isObject, sameJson, setValue } from "../json.ts";
import { ApiError, badRequest, unprocessable } from "../status.ts";

/** More operations than this are refused, as in Kubernetes. */
const MAX_OPERATIONS = 10_000;

/**
 * RFC 6902, with the leniency of the library that Kubernetes uses (evanphx/json-patch): `replace` of a missing member
 * adds it. Throws ApiError: 400 when the patch is no list of operations, 422 when it does not apply.
 */
export function applyJsonPatch(document: JsonObject, patch: JsonValue): JsonValue {
  if (!Array.isArray(patch)) {
    const kind = isObject(patch) ? "object" : typeof patch;
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${kind} into Go value of type []handlers.jsonPatchOp`,
    );
  }
  if (patch.length > MAX_OPERATIONS) {
    const text = `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${patch.length}`;
    throw new ApiError({ ...badRequest(text).status, reason: "RequestEntityTooLarge", code: 413 });
  }
  let result: JsonValue = cloneJson(document);
  for (const operation of patch) {
    if (!isObject(operation)) {
      throw unprocessable();
    }
    result = applyOperation(result, operation);
  }
  return result;
}

function applyOperation(document: JsonValue, operation: JsonObject): JsonValue {
  const path = pointerOf(operation["path"]);
  switch (operation["op"]) {
    case "add":
      return put(document, path, { value: operand(operation), mustExist: false });
    case "replace":
      return put(document, path, { value: operand(operation), mustExist: true });
    case "remove":
      return removeAt(document, path);
    case "test":
      return test(document, path, operation["value"] ?? null);
    case "copy":
      return put(document, path, { value: cloneJson(read(document, pointerOf(operation["from"]))), mustExist: false });
    case "move":
      return move(document, pointerOf(operation["from"]), path);
    default:
      throw unprocessable();
  }
}

function operand(operation: JsonObject): JsonValue {
  const value = operation["value"];
  if (value === undefined) {
    throw unprocessable();
  }
  return cloneJson(value);
}

/** RFC 6901. */
function pointerOf(text: JsonValue | undefined): readonly string[] {
  if (typeof text !== "string" || (text !== "" && !text.startsWith("/"))) {
    throw unprocessable();
  }
  return text
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function read(document: JsonValue, path: readonly string[]): JsonValue {
  let value: JsonValue | undefined = document;
  for (const part of path) {
    value = childOf(value, part);
    if (value === undefined) {
      throw unprocessable();
    }
  }
  return value;
}

function childOf(parent: JsonValue | undefined, part: string): JsonValue | undefined {
  if (Array.isArray(parent)) {
    return parent[indexOf(part, parent.length - 1)];
  }
  return isObject(parent) && Object.hasOwn(parent, part) ? parent[part] : undefined;
}

/** Negative indices count from the end, which the library of Kubernetes accepts. */
function indexOf(part: string, last: number): number {
  if (!/^(?:0|-?[1-9]\d*)$/.test(part)) {
    throw unprocessable();
  }
  const index = Number(part) < 0 ? last + 1 + Number(part) : Number(part);
  if (index < 0 || index > last) {
    throw unprocessable();
  }
  return index;
}

interface Placing {
  readonly value: JsonValue;
  /** replace instead of insert. */
  readonly mustExist: boolean;
}

function put(document: JsonValue, path: readonly string[], { value, mustExist }: Placing): JsonValue {
  const name = path.at(-1);
  if (name === undefined) {
    return value;
  }
  const parent = read(document, path.slice(0, -1));
  if (Array.isArray(parent)) {
    if (mustExist) {
      parent[indexOf(name, parent.length - 1)] = value;
    } else {
      parent.splice(name === "-" ? parent.length : indexOf(name, parent.length), 0, value);
    }
  } else if (isObject(parent)) {
    setValue(parent, name, value);
  } else {
    throw unprocessable();
  }
  return document;
}

function removeAt(document: JsonValue, path: readonly string[]): JsonValue {
  const name = path.at(-1);
  if (name === undefined) {
    throw unprocessable();
  }
  const parent = read(document, path.slice(0, -1));
  if (Array.isArray(parent)) {
    parent.splice(indexOf(name, parent.length - 1), 1);
  } else if (isObject(parent) && Object.hasOwn(parent, name)) {
    delete parent[name];
  } else {
    throw unprocessable();
  }
  return document;
}

/** A test of null also holds for a member that is absent. */
function test(document: JsonValue, path: readonly string[], expected: JsonValue): JsonValue {
  const name = path.at(-1);
  const actual = name === undefined ? document : childOf(read(document, path.slice(0, -1)), name);
  if (!sameJson(actual ?? null, expected)) {
    throw unprocessable();
  }
  return document;
}

function move(document: JsonValue, from: readonly string[], to: readonly string[]): JsonValue {
  const value = read(document, from);
  return put(removeAt(document, from), to, { value, mustExist: false });
}
