/**
 * JSON as the API server holds it. Integers beyond 2^53 but within int64 are `bigint`, all other numbers are `number`:
 * Kubernetes keeps int64 exactly, JSON.parse does not. Read with `parseJson` (strictJson.ts), write with `stringifyJson`.
 */
export type JsonValue = string | number | bigint | boolean | null | JsonValue[] | JsonObject;
export interface JsonObject {
  [key: string]: JsonValue | undefined;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The member as an object, or undefined when it is absent or something else. */
export function objectAt(parent: JsonValue | undefined, key: string): JsonObject | undefined {
  const value = isObject(parent) ? ownValue(parent, key) : undefined;
  return isObject(value) ? value : undefined;
}

/** The member as a list, or undefined when it is absent or something else. */
export function listAt(parent: JsonValue | undefined, key: string): JsonValue[] | undefined {
  const value = isObject(parent) ? ownValue(parent, key) : undefined;
  return Array.isArray(value) ? value : undefined;
}

/** The member as text, or undefined when it is absent or something else. */
export function textAt(parent: JsonValue | undefined, key: string): string | undefined {
  const value = isObject(parent) ? ownValue(parent, key) : undefined;
  return typeof value === "string" ? value : undefined;
}

/** A member that belongs to the object itself: `constructor` and the like are ordinary names in user data. */
export function ownValue(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** Sets a member; `__proto__` becomes an ordinary member instead of the prototype. */
export function setValue(object: JsonObject, key: string, value: JsonValue): void {
  if (key === "__proto__") {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    object[key] = value;
  }
}

/** A deep copy; members that are undefined are left out. */
export function cloneJson<T extends JsonValue>(value: T): T;
export function cloneJson(value: JsonValue): JsonValue {
  if (Array.isArray(value)) {
    return value.map((item) => cloneJson(item));
  }
  if (!isObject(value)) {
    return value;
  }
  const copy: JsonObject = {};
  for (const [key, member] of Object.entries(value)) {
    if (member !== undefined) {
      setValue(copy, key, cloneJson(member));
    }
  }
  return copy;
}

/** Equal as JSON: order of members does not matter, an undefined member counts as absent. */
export function sameJson(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === b) {
    return true;
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, i) => sameJson(item, b[i]));
  }
  return isObject(a) && isObject(b) && sameMembers(a, b);
}

function sameMembers(a: JsonObject, b: JsonObject): boolean {
  const keys = definedKeys(a);
  return keys.length === definedKeys(b).length && keys.every((key) => sameJson(a[key], ownValue(b, key)));
}

function definedKeys(object: JsonObject): string[] {
  return Object.keys(object).filter((key) => object[key] !== undefined);
}

/** JSON text; big integers are written out in full. */
export function stringifyJson(value: JsonValue): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    // JSON.stringify refuses bigint. It is rare, so the fast path is tried first; a cycle cannot come from JSON.
    if (error instanceof TypeError) {
      return stringifySlowly(value);
    }
    throw error;
  }
}

function stringifySlowly(value: JsonValue): string {
  if (typeof value === "bigint") {
    return value.toString();
  }
  if (Array.isArray(value)) {
    return `[${value.map(stringifySlowly).join(",")}]`;
  }
  if (!isObject(value)) {
    return JSON.stringify(value);
  }
  const members = Object.entries(value).flatMap(([key, member]) =>
    member === undefined ? [] : [`${JSON.stringify(key)}:${stringifySlowly(member)}`],
  );
  return `{${members.join(",")}}`;
}
