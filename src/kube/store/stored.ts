import { isObject, type JsonObject } from "../json.ts";
import { parseJson } from "../strictJson.ts";

/** Only what we wrote ourselves stands in the log, so anything else is damage. */
export function parseStored(text: string): JsonObject {
  const value = parseJson(text);
  if (!isObject(value)) throw new SyntaxError("a stored value is not an object");
  return value;
}
