import type { JsonObject, JsonValue } from "../json.ts";
import { cloneJson, isObject, setValue } from "../json.ts";
import { badRequest } from "../status.ts";
import { parseJson } from "../strictJson.ts";

/** Reads the body of a merge patch or strategic merge patch: a JSON object. Throws ApiError 400. */
export function readMergePatch(text: string): JsonObject {
  const patch = readPatch(text);
  if (patch === null) {
    throw badRequest("Invalid JSON Patch");
  }
  if (!isObject(patch)) {
    const kind = Array.isArray(patch) ? "array" : patchKind(patch);
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`,
    );
  }
  return patch;
}

/** Reads any patch body. Throws ApiError 400 with Go's words. */
export function readPatch(text: string): JsonValue {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw badRequest(`error decoding patch: ${error.message}`);
    }
    throw error;
  }
}

function patchKind(patch: JsonValue): string {
  if (typeof patch === "boolean") {
    return "bool";
  }
  return typeof patch === "string" ? "string" : "number";
}

/** RFC 7386: null removes, objects merge, everything else replaces. The document is not changed. */
export function applyMergePatch(document: JsonValue, patch: JsonValue): JsonValue {
  if (!isObject(patch)) {
    return cloneJson(patch);
  }
  const result: JsonObject = isObject(document) ? { ...document } : {};
  for (const [name, change] of Object.entries(patch)) {
    if (change === null || change === undefined) {
      delete result[name];
    } else {
      const before = Object.hasOwn(result, name) ? (result[name] ?? null) : null;
      setValue(result, name, applyMergePatch(before, change));
    }
  }
  return result;
}
