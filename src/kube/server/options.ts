import { type JsonObject, listAt, objectAt, textAt } from "../json.ts";
import type { Propagation } from "../registry/objectRemover.ts";
import { badRequest, type Cause, invalid, unclassified } from "../status.ts";

export type FieldValidation = "Ignore" | "Warn" | "Strict";

export interface WriteOptions {
  readonly dryRun: boolean;
  readonly fieldValidation: FieldValidation;
}

const VALIDATIONS: Readonly<Record<string, FieldValidation>> = {
  "": "Warn",
  Ignore: "Ignore",
  Warn: "Warn",
  Strict: "Strict",
};

/** Options of POST, PUT and PATCH; `kind` is their Kind in errors, such as "CreateOptions". */
export function writeOptionsOf(query: URLSearchParams, kind: string): WriteOptions {
  const causes = dryRunCauses(query.getAll("dryRun"));
  const asked = query.get("fieldValidation") ?? "";
  const fieldValidation = VALIDATIONS[asked];
  if (fieldValidation === undefined) {
    const supported = ["", "Ignore", "Strict", "Warn"].map((name) => JSON.stringify(name)).join(", ");
    const message = `Unsupported value: ${JSON.stringify(asked)}: supported values: ${supported}`;
    causes.push({ reason: "FieldValueNotSupported", message, field: "fieldValidation" });
  }
  const manager = query.get("fieldManager") ?? "";
  causes.push(...managerCauses(manager));
  if (causes.length > 0 || fieldValidation === undefined) throw invalidOptions(kind, causes);
  return { dryRun: query.has("dryRun") && query.get("dryRun") !== "", fieldValidation };
}

function managerCauses(manager: string): Cause[] {
  const field = "fieldManager";
  if (Buffer.byteLength(manager) > 128) {
    return [{ reason: "FieldValueTooLong", message: "Too long: may not be more than 128 bytes", field }];
  }
  const characters = [...manager];
  const position = characters.findIndex((character) => /[\p{C}\p{Zl}\p{Zp}]/u.test(character));
  if (position < 0) return [];
  const code = (characters[position]?.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  const shown = JSON.stringify(manager).replaceAll(/\\u00([0-9a-f]{2})/g, "\\x$1");
  const message = `Invalid value: ${shown}: invalid character U+${code} (at position ${position})`;
  return [{ reason: "FieldValueInvalid", message, field }];
}

function dryRunCauses(values: readonly string[]): Cause[] {
  const asked = values.filter((value) => value !== "");
  if (asked.every((value) => value === "All")) return [];
  const list = asked.map((value) => JSON.stringify(value)).join(", ");
  const message = `Unsupported value: []string{${list}}: supported values: "All"`;
  return [{ reason: "FieldValueNotSupported", message, field: "dryRun" }];
}

function invalidOptions(kind: string, causes: readonly Cause[]): Error {
  return invalid({ group: "meta.k8s.io", kind }, "", causes);
}

export interface DeleteOptions {
  readonly dryRun: boolean;
  readonly propagation: Propagation;
  readonly preconditions: { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined };
}

/** Options of DELETE: the body where there is one, else the query. */
export function deleteOptionsOf(query: URLSearchParams, body: JsonObject | undefined): DeleteOptions {
  integerOf(query, "gracePeriodSeconds");
  const { dryRuns, policy, orphan, preconditions } =
    body && Object.keys(body).length > 0 ? optionsInBody(body) : optionsInQuery(query);
  const causes = dryRunCauses(dryRuns);
  if (policy !== undefined && orphan !== undefined) {
    const message = "Invalid value: orphanDependents and deletionPropagation cannot be both set";
    causes.push({ reason: "FieldValueInvalid", message, field: "propagationPolicy" });
  } else if (policy !== undefined && !isPropagation(policy)) {
    const supported = '"Background", "Foreground", "Orphan", "nil"';
    const message = `Unsupported value: ${JSON.stringify(policy)}: supported values: ${supported}`;
    causes.push({ reason: "FieldValueNotSupported", message, field: "propagationPolicy" });
  }
  if (causes.length > 0) throw invalidOptions("DeleteOptions", causes);
  return {
    dryRun: dryRuns.length > 0,
    propagation: policy !== undefined && isPropagation(policy) ? policy : orphan ? "Orphan" : "Background",
    preconditions: { uid: textAt(preconditions, "uid"), resourceVersion: textAt(preconditions, "resourceVersion") },
  };
}

interface AskedDelete {
  readonly dryRuns: readonly string[];
  readonly policy: string | undefined;
  readonly orphan: boolean | undefined;
  readonly preconditions: JsonObject | undefined;
}

function optionsInBody(body: JsonObject): AskedDelete {
  const orphan = body["orphanDependents"];
  return {
    dryRuns: (listAt(body, "dryRun") ?? []).map(String),
    policy: textAt(body, "propagationPolicy"),
    orphan: typeof orphan === "boolean" ? orphan : undefined,
    preconditions: objectAt(body, "preconditions"),
  };
}

function optionsInQuery(query: URLSearchParams): AskedDelete {
  return {
    dryRuns: query.getAll("dryRun"),
    policy: query.get("propagationPolicy") ?? undefined,
    orphan: query.has("orphanDependents") ? truth(query, "orphanDependents") : undefined,
    preconditions: undefined,
  };
}

function isPropagation(text: string): text is Propagation {
  return text === "Background" || text === "Foreground" || text === "Orphan";
}

export interface ListOptions {
  readonly isWatch: boolean;
  readonly limit: number;
  readonly continueToken: string;
  /** Undefined where the client named none. */
  readonly resourceVersion: number | undefined;
  readonly match: "" | "Exact" | "NotOlderThan";
  readonly labelSelector: string;
  readonly fieldSelector: string;
  readonly timeoutMs: number | undefined;
  readonly bookmarks: boolean;
  readonly sendInitialEvents: boolean;
}

/** Options of GET on a collection, and of watches. */
export function listOptionsOf(query: URLSearchParams, { isWatch }: { readonly isWatch: boolean }): ListOptions {
  const limit = integerOf(query, "limit") ?? 0;
  const timeoutSeconds = integerOf(query, "timeoutSeconds");
  const resourceVersion = versionOf(query.get("resourceVersion"));
  const match = query.get("resourceVersionMatch") ?? "";
  const continueToken = query.get("continue") ?? "";
  const initial = query.has("sendInitialEvents") ? truth(query, "sendInitialEvents") : undefined;
  const causes = isWatch ? watchCauses(match, initial) : listCauses({ match, initial, resourceVersion, continueToken });
  if (causes.length > 0) throw invalidOptions("ListOptions", causes);
  return {
    isWatch,
    limit: Math.max(0, limit),
    continueToken,
    resourceVersion,
    match: match === "Exact" || match === "NotOlderThan" ? match : "",
    labelSelector: query.get("labelSelector") ?? "",
    fieldSelector: query.get("fieldSelector") ?? "",
    timeoutMs: timeoutSeconds === undefined || timeoutSeconds <= 0 ? undefined : timeoutSeconds * 1000,
    bookmarks: truth(query, "allowWatchBookmarks"),
    sendInitialEvents: initial === true,
  };
}

/** k8s.io/apimachinery/pkg/apis/meta/internalversion/validation, ValidateListOptions. */
function watchCauses(match: string, initial: boolean | undefined): Cause[] {
  const field = "resourceVersionMatch";
  if (initial === undefined) {
    if (match === "") return [];
    return [forbiddenCause(field, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided")];
  }
  if (match === "NotOlderThan") return [];
  const causes = [forbiddenCause(field, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")];
  if (match !== "") causes.push(unsupportedMatch(match, ['"NotOlderThan"']));
  return causes;
}

interface ListCheck {
  readonly match: string;
  readonly initial: boolean | undefined;
  readonly resourceVersion: number | undefined;
  readonly continueToken: string;
}

function listCauses({ match, initial, resourceVersion, continueToken }: ListCheck): Cause[] {
  const causes: Cause[] = [];
  if (initial !== undefined) {
    causes.push(forbiddenCause("sendInitialEvents", "sendInitialEvents is forbidden for list"));
  }
  if (match === "") return causes;
  const field = "resourceVersionMatch";
  if (resourceVersion === undefined) {
    causes.push(forbiddenCause(field, "resourceVersionMatch is forbidden unless resourceVersion is provided"));
  }
  if (continueToken !== "") {
    causes.push(forbiddenCause(field, "resourceVersionMatch is forbidden when continue is provided"));
  }
  if (match !== "Exact" && match !== "NotOlderThan") {
    causes.push(unsupportedMatch(match, ['"Exact"', '"NotOlderThan"', '""']));
  }
  if (match === "Exact" && resourceVersion === 0) {
    causes.push(forbiddenCause(field, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
  }
  return causes;
}

function forbiddenCause(field: string, text: string): Cause {
  return { reason: "FieldValueForbidden", message: `Forbidden: ${text}`, field };
}

function unsupportedMatch(match: string, supported: readonly string[]): Cause {
  const message = `Unsupported value: ${JSON.stringify(match)}: supported values: ${supported.join(", ")}`;
  return { reason: "FieldValueNotSupported", message, field: "resourceVersionMatch" };
}

/** As Go converts query values to bool: everything but "false" and "0" is true, also the empty text. */
export function truth(query: URLSearchParams, key: string): boolean {
  const value = query.get(key);
  return value !== null && value !== "false" && value !== "0";
}

function integerOf(query: URLSearchParams, key: string): number | undefined {
  const text = query.get(key);
  if (text === null || text === "") return undefined;
  if (!/^[+-]?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

/** A resourceVersion of the query; Kubernetes answers nonsense with 500. */
export function versionOf(text: string | null): number | undefined {
  if (text === null || text === "") return undefined;
  if (!/^\d+$/.test(text)) {
    const shown = JSON.stringify(text);
    throw unclassified(`resourceVersion: Invalid value: ${shown}: strconv.ParseUint: parsing ${shown}: invalid syntax`);
  }
  return Number(text);
}
