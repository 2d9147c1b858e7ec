import type { JsonObject } from "../json.ts";
import { isObject, listAt, objectAt } from "../json.ts";

/** Go's metav1.Time is a struct, so that a time that is not set is written as null (omitempty leaves structs in). */
export function fillConditionTimes(object: JsonObject, members: readonly string[]): void {
  for (const condition of listAt(objectAt(object, "status"), "conditions") ?? []) {
    if (isObject(condition)) {
      for (const member of members) {
        condition[member] ??= null;
      }
    }
  }
}
