import type { JsonObject, JsonValue } from "../json.ts";
import { objectAt, sameJson } from "../json.ts";
import { fieldForbidden, invalidValue, tooLongValue } from "../schema/causes.ts";
import { configKeyMistakes } from "../schema/names.ts";
import type { Cause } from "../status.ts";

/** The data of a ConfigMap or Secret together, in bytes. */
export const MAX_DATA_BYTES = 1024 * 1024;
const IMMUTABLE = "field is immutable when `immutable` is set";

export function configMapCauses(configMap: JsonObject, old: JsonObject | undefined): Cause[] {
  const data = objectAt(configMap, "data") ?? {};
  const binaryData = objectAt(configMap, "binaryData") ?? {};
  const twice = Object.keys(data).filter((key) => Object.hasOwn(binaryData, key));
  const bytes = textBytes(data) + base64Bytes(binaryData);
  return [
    ...keyCauses("data", data),
    ...keyCauses("binaryData", binaryData),
    ...twice.map((key) => invalidValue(`data[${key}]`, key, "duplicate of key present in binaryData")),
    ...(bytes > MAX_DATA_BYTES ? [tooLongValue("", MAX_DATA_BYTES)] : []),
    ...immutableCauses(configMap, old, ["data", "binaryData"]),
  ];
}

export function keyCauses(member: string, data: JsonObject): Cause[] {
  return Object.keys(data).flatMap((key) =>
    configKeyMistakes(key).map((text) => invalidValue(`${member}[${key}]`, key, text)),
  );
}

/** Once `immutable` is set, it stays, and so do the members. */
export function immutableCauses(object: JsonObject, old: JsonObject | undefined, members: readonly string[]): Cause[] {
  if (old?.["immutable"] !== true) {
    return [];
  }
  const released = object["immutable"] === true ? [] : [fieldForbidden("immutable", IMMUTABLE)];
  const changed = members.filter((member) => !sameJson(orEmpty(object[member]), orEmpty(old[member])));
  return [...released, ...changed.map((member) => fieldForbidden(member, IMMUTABLE))];
}

function orEmpty(value: JsonValue | undefined): JsonValue {
  return value ?? {};
}

function textBytes(data: JsonObject): number {
  return Object.values(data).reduce<number>((sum, value) => sum + Buffer.byteLength(String(value)), 0);
}

/** The bytes that base64 values stand for. */
export function base64Bytes(data: JsonObject): number {
  return Object.values(data).reduce<number>((sum, value) => sum + Buffer.byteLength(String(value), "base64"), 0);
}
