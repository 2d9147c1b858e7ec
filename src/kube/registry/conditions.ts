import { isObject, type JsonObject, type JsonValue, listAt, objectAt } from "../json.ts";

interface Condition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
  /** RFC 3339; becomes the transition time when the status changes. */
  readonly at: string;
}

export function conditionOf(object: JsonObject, type: string): JsonObject | undefined {
  const conditions = listAt(objectAt(object, "status"), "conditions") ?? [];
  return conditions.filter(isObject).find((condition) => condition["type"] === type);
}

/** Adds or changes one condition in place; its transition time moves only with its status. */
export function setCondition(object: JsonObject, { at, type, status, reason, message }: Condition): void {
  const parent = objectAt(object, "status") ?? {};
  object["status"] = parent;
  const conditions: JsonValue[] = listAt(parent, "conditions") ?? [];
  const present = conditionOf(object, type);
  const lastTransitionTime = present?.["status"] === status ? present["lastTransitionTime"] : at;
  const next: JsonObject = { ...present, type, status, lastTransitionTime, reason, message };
  parent["conditions"] = present ? conditions.map((item) => (item === present ? next : item)) : [...conditions, next];
}
