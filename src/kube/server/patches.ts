import { isObject, type JsonObject, type JsonValue, stringifyJson } from "../json.ts";
import { applyJsonPatch } from "../patch/jsonPatch.ts";
import { applyMergePatch, readMergePatch, readPatch } from "../patch/mergePatch.ts";
import { applyStrategicMerge } from "../patch/strategicMerge.ts";
import type { ServedVersion } from "../registry/resource.ts";
import { type ApiError, badMediaType, badRequest, invalid, unsupportedMediaType } from "../status.ts";
import { foreignFields, nameOfType, unknownFields } from "./decodeObject.ts";
import type { FieldValidation } from "./options.ts";

const JSON_PATCH = "application/json-patch+json";
const MERGE_PATCH = "application/merge-patch+json";
const STRATEGIC_PATCH = "application/strategic-merge-patch+json";

const APPLY_PATCH = "application/apply-patch+yaml";

interface PatchRequest {
  readonly version: ServedVersion;
  readonly subresource: string;
  readonly contentType: string;
  readonly body: string;
}

interface PatchOptions {
  readonly fieldValidation: FieldValidation;
  readonly warn: (text: string) => void;
}

/** The change that a PATCH asks for. Reads the body at once, so that nonsense is refused before anything is looked up. */
export function changeOf(request: PatchRequest, options: PatchOptions): (current: JsonObject) => JsonObject {
  const { version, subresource, body } = request;
  const apply = patchOf(request, body);
  return (current) => {
    const patched = apply(current);
    // A Scale has no schema of its own here; what it changes is judged with the object behind it.
    if (subresource === "scale") return isObject(patched) ? patched : {};
    return checked(patched, version, options);
  };
}

function patchOf({ version, contentType }: PatchRequest, body: string): (current: JsonObject) => JsonValue {
  const isTyped = version.resource.definition === undefined;
  switch (contentType) {
    case JSON_PATCH: {
      const patch = readPatch(body);
      return (current) => applyJsonPatch(current, patch);
    }
    case MERGE_PATCH: {
      const patch = readMergePatch(body);
      return (current) => applyMergePatch(current, patch);
    }
    case STRATEGIC_PATCH: {
      if (!isTyped) break;
      const patch = readPatch(body);
      if (!isObject(patch))
        throw badRequest(`json: cannot unmarshal ${nameOfType(patch)} into Go value of type map[string]interface {}`);
      return (current) => applyStrategicMerge(current, patch);
    }
    case APPLY_PATCH:
      throw badMediaType(
        "server-side apply is not served yet; use client-side apply (kubectl apply without --server-side)",
      );
  }
  const accepted = isTyped ? [JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH] : [JSON_PATCH, MERGE_PATCH];
  throw unsupportedMediaType([...accepted, APPLY_PATCH]);
}

/** The patched object, decoded as a body of POST would be; its mistakes are those of the patch (422). */
function checked(patched: JsonValue, version: ServedVersion, { fieldValidation, warn }: PatchOptions): JsonObject {
  if (!isObject(patched)) throw invalidPatch(patched, "json: cannot unmarshal into an object");
  if (version.resource.definition !== undefined && patched["apiVersion"] !== version.apiVersion) {
    // Of a version that is not this one nothing is known, so nothing in it is.
    unknownFields(foreignFields(patched)).forEach(warn);
    return patched;
  }
  const asPatched = fieldValidation === "Strict" ? sorted(patched) : undefined;
  const mistake = version.schema.mistake(patched);
  if (mistake !== undefined) throw invalidPatch(patched, mistake);
  const problems = unknownFields(version.schema.prune(patched));
  if (fieldValidation === "Strict" && problems.length > 0) {
    throw invalidPatch(asPatched ?? patched, `strict decoding error: ${problems.join(", ")}`);
  }
  if (fieldValidation === "Warn") problems.forEach(warn);
  return patched;
}

function invalidPatch(patched: JsonValue, problem: string): ApiError {
  const message = `Invalid value: ${JSON.stringify(stringifyJson(sorted(patched)))}: ${problem}`;
  return invalid({ group: "", kind: "" }, "", [{ reason: "FieldValueInvalid", message, field: "patch" }]);
}

/** A copy with members in the order of their names, as Go writes a map. */
function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, value[key] === undefined ? undefined : sorted(value[key])]));
}
