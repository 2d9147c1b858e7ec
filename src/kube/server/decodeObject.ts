import { isObject, type JsonObject, type JsonValue, textAt } from "../json.ts";
import type { ServedVersion } from "../registry/resource.ts";
import { type ApiError, badRequest, unsupportedMediaType } from "../status.ts";
import { parseStrictJson } from "../strictJson.ts";
import { MEDIA_TYPES } from "./negotiation.ts";
import type { FieldValidation } from "./options.ts";
import { parseYaml } from "./yamlText.ts";

interface DecodeRequest {
  readonly text: string;
  readonly contentType: string;
  readonly version: ServedVersion;
  readonly fieldValidation: FieldValidation;
  readonly warn: (text: string) => void;
}

/** The body of POST and PUT as an object of the version: typed, pruned, and with Strict refused or warned about. */
export function decodeObject({ text, contentType, version, fieldValidation, warn }: DecodeRequest): JsonObject {
  const { resource } = version;
  const { value, duplicates } = parseBody(text, contentType, resource.kind);
  const object = identified(value, text, version);
  if (textAt(object, "apiVersion") !== version.apiVersion) {
    if (resource.definition === undefined) throw notRegistered(object, version);
    unknownFields(foreignFields(object)).forEach(warn);
    throw badRequest(
      `the API version in the data (${textAt(object, "apiVersion") ?? ""}) does not match the expected API version (${version.apiVersion})`,
    );
  }
  if (resource.definition === undefined && object["kind"] !== resource.kind) throw notRegistered(object, version);
  const mistake = version.schema.mistake(object);
  if (mistake !== undefined) throw unhandled(version, mistake);
  const problems = [...duplicates, ...unknownFields(version.schema.prune(object))];
  if (fieldValidation === "Strict" && problems.length > 0) {
    throw unhandled(version, `strict decoding error: ${problems.join(", ")}`);
  }
  if (fieldValidation === "Warn") problems.forEach(warn);
  return object;
}

export const unknownFields = (paths: readonly string[]): string[] =>
  paths.map((path) => `unknown field ${JSON.stringify(path)}`);

/** What of an object no schema is needed to know. */
export const foreignFields = (object: JsonObject): string[] =>
  Object.keys(object)
    .filter((field) => !["apiVersion", "kind", "metadata"].includes(field))
    .sort();

/** JSON or YAML, by content type; 415 for others. */
export function parseBody(
  text: string,
  contentType: string,
  kind: string,
): { readonly value: JsonValue; readonly duplicates: readonly string[] } {
  try {
    switch (contentType) {
      case "":
      case "application/json":
      case "*/*":
        return parseStrictJson(text);
      case "application/yaml":
        return { value: parseYaml(text), duplicates: [] };
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw unrecognized(kind, `couldn't get version/kind; json parse error: ${error.message}`, text);
  }
  throw unsupportedMediaType(MEDIA_TYPES);
}

/** An object with a kind and an apiVersion. A typed kind fills in what the body leaves out, a custom one does not. */
function identified(value: JsonValue, text: string, { resource, apiVersion }: ServedVersion): JsonObject {
  const parseError = (problem: string) =>
    unrecognized(resource.kind, `couldn't get version/kind; json parse error: json: cannot unmarshal ${problem}`, text);
  if (value !== null && !isObject(value)) {
    throw parseError(
      `${nameOfType(value)} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
    );
  }
  const object = value ?? {};
  for (const field of ["apiVersion", "kind"]) {
    const member = object[field] ?? "";
    if (typeof member !== "string") {
      throw parseError(`${nameOfType(member)} into Go struct field .${field} of type string`);
    }
  }
  if (resource.definition === undefined) {
    return { ...object, kind: object["kind"] || resource.kind, apiVersion: object["apiVersion"] || apiVersion };
  }
  if (!object["kind"]) throw unrecognized(resource.kind, `Object 'Kind' is missing in '${text}'`, text);
  return object;
}

/** What Go's decoder calls a JSON type. */
export function nameOfType(value: JsonValue): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "boolean") return "bool";
  return typeof value === "bigint" ? "number" : typeof value;
}

function unhandled({ resource, version }: ServedVersion, problem: string): ApiError {
  return badRequest(`${resource.kind} in version "${version}" cannot be handled as a ${resource.kind}: ${problem}`);
}

function notRegistered(object: JsonObject, { resource }: ServedVersion): ApiError {
  const kind = textAt(object, "kind") ?? "";
  const apiVersion = textAt(object, "apiVersion") ?? "";
  const version = apiVersion.slice(apiVersion.lastIndexOf("/") + 1);
  return badRequest(
    `${kind} in version "${version}" cannot be handled as a ${resource.kind}: no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/runtime/scheme.go:100"`,
  );
}

function unrecognized(kind: string, problem: string, text: string): ApiError {
  return badRequest(`the object provided is unrecognized (must be of type ${kind}): ${problem} (${summaryOf(text)})`);
}

/** Text that looks like JSON as it stands, anything else as hex (k8s.io/apimachinery/pkg/runtime, summarizeData). */
function summaryOf(text: string): string {
  if (text === "") return "<empty>";
  if (text.startsWith("{")) return text.length > 1024 ? `${text.slice(0, 1024)} ...` : text;
  const hex = Buffer.from(text).toString("hex");
  return hex.length > 1024 ? `${hex.slice(0, 1024)} ...` : hex;
}
