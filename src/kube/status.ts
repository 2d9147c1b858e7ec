/**
 * Status, the answer of the API server to what it refuses (Kubernetes API conventions, "Response Status Kind"),
 * and `ApiError`, which carries one to the HTTP layer. Texts are those of k8s.io/apimachinery/pkg/api/errors.
 */
export interface Cause {
  /** FieldValueInvalid, FieldValueRequired, FieldValueNotSupported, … or a reason of a CEL rule. */
  readonly reason: string;
  readonly message: string;
  /** Dotted path such as `spec.parts[0].name`, or `<nil>` for a remark on the whole object. */
  readonly field: string;
}

interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  /** The plural resource; in 422 the Kind. */
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly Cause[];
  readonly retryAfterSeconds?: number;
}

export interface StatusObject {
  readonly kind: "Status";
  readonly apiVersion: "v1";
  readonly metadata: Readonly<Record<string, never>>;
  readonly status: "Success" | "Failure";
  readonly message?: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code?: number;
}

/** What a Status names: the plural resource, or for 422 the Kind; `group` is empty for the core group. */
export interface Named {
  readonly group: string;
  readonly kind: string;
}

/** A request that is refused; the HTTP layer answers `status` with its code. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: StatusObject;

  constructor(status: StatusObject) {
    super(status.message ?? status.reason ?? "refused");
    this.status = status;
  }

  get code(): number {
    return this.status.code ?? 500;
  }
}

/** `widgets.example.com`, or `nodes` in the core group. */
function qualifiedName({ group, kind }: Named): string {
  return group === "" ? kind : `${kind}.${group}`;
}

interface Failure {
  readonly code: number;
  readonly reason?: string;
  readonly message: string;
  readonly details?: StatusDetails;
}

function failure({ code, reason, message, details }: Failure): ApiError {
  return new ApiError({
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    ...(reason === undefined ? {} : { reason }),
    ...(details === undefined ? {} : { details }),
    code,
  });
}

function detailsOf({ group, kind }: Named, name: string): StatusDetails {
  return { ...(name === "" ? {} : { name }), ...(group === "" ? {} : { group }), ...(kind === "" ? {} : { kind }) };
}

/** The answer to a DELETE that removed the object at once. */
export function deleted(named: Named, name: string, uid: string): StatusObject {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: { ...detailsOf(named, name), uid },
  };
}

export function notFound(named: Named, name: string): ApiError {
  return failure({
    code: 404,
    reason: "NotFound",
    message: `${qualifiedName(named)} ${quoted(name)} not found`,
    details: detailsOf(named, name),
  });
}

/** A resource type or subresource that is not served. */
export function resourceNotFound(): ApiError {
  const message = "the server could not find the requested resource";
  return failure({ code: 404, reason: "NotFound", message, details: {} });
}

export function alreadyExists(named: Named, name: string): ApiError {
  return failure({
    code: 409,
    reason: "AlreadyExists",
    message: `${qualifiedName(named)} ${quoted(name)} already exists`,
    details: detailsOf(named, name),
  });
}

const STALE_VERSION = "the object has been modified; please apply your changes to the latest version and try again";

export function conflict(named: Named, name: string, text: string = STALE_VERSION): ApiError {
  return failure({
    code: 409,
    reason: "Conflict",
    message: `Operation cannot be fulfilled on ${qualifiedName(named)} ${quoted(name)}: ${text}`,
    details: detailsOf(named, name),
  });
}

/** 422. `named.kind` is the Kind ("Widget"), not the resource. */
export function invalid(named: Named, name: string, causes: readonly Cause[]): ApiError {
  return failure({
    code: 422,
    reason: "Invalid",
    message: `${qualifiedName(named)} ${quoted(name)} is invalid: ${textOfCauses(causes)}`,
    details: { ...detailsOf(named, name), causes },
  });
}

function textOfCauses(causes: readonly Cause[]): string {
  const texts = [...new Set(causes.map((cause) => `${cause.field}: ${cause.message}`))];
  return texts.length === 1 ? (texts[0] ?? "") : `[${texts.join(", ")}]`;
}

/** A patch that does not apply (json-patch test failed, path missing): 422 without causes. */
export function unprocessable(): ApiError {
  const message = "the server rejected our request due to an error in our request";
  return failure({ code: 422, reason: "Invalid", message, details: {} });
}

export function badRequest(message: string): ApiError {
  return failure({ code: 400, reason: "BadRequest", message });
}

export function unauthorized(): ApiError {
  return failure({ code: 401, reason: "Unauthorized", message: "Unauthorized" });
}

export interface ForbiddenOptions {
  readonly causes?: readonly Cause[];
}

export function forbidden(named: Named, name: string, text: string, { causes }: ForbiddenOptions = {}): ApiError {
  const subject = name === "" ? qualifiedName(named) : `${qualifiedName(named)} ${quoted(name)}`;
  return failure({
    code: 403,
    reason: "Forbidden",
    message: `${subject} is forbidden: ${text}`,
    details: { ...detailsOf(named, name), ...(causes === undefined ? {} : { causes }) },
  });
}

/** A path outside the resources that the caller may not read. */
export function forbiddenPath(text: string): ApiError {
  return failure({ code: 403, reason: "Forbidden", message: `forbidden: ${text}`, details: {} });
}

export function methodNotAllowed(): ApiError {
  const message = "the server does not allow this method on the requested resource";
  return failure({ code: 405, reason: "MethodNotAllowed", message, details: {} });
}

/** A verb that the resource does not have, such as `create` on a scale subresource. */
export function verbNotSupported(named: Named, verb: string): ApiError {
  const message = `${verb} is not supported on resources of kind "${qualifiedName(named)}"`;
  return failure({ code: 405, reason: "MethodNotAllowed", message, details: detailsOf(named, "") });
}

/** 410: the resourceVersion or continue token asks for a past that is compacted; the client must list anew. */
export function expired(message: string): ApiError {
  return failure({ code: 410, reason: "Expired", message });
}

export function tooLargeResourceVersion(requested: number | bigint, current: number | bigint): ApiError {
  return failure({
    code: 504,
    reason: "Timeout",
    message: `Timeout: Too large resource version: ${requested}, current: ${current}`,
    details: {
      causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version", field: "" }],
      retryAfterSeconds: 1,
    },
  });
}

export function unsupportedMediaType(accepted: readonly string[]): ApiError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`;
  return failure({ code: 415, reason: "UnsupportedMediaType", message });
}

/** 415 for a type that Kubernetes knows and this server does not, with the way out. */
export function badMediaType(message: string): ApiError {
  return failure({ code: 415, reason: "UnsupportedMediaType", message });
}

export function notAcceptable(accepted: readonly string[]): ApiError {
  const message = `only the following media types are accepted: ${accepted.join(", ")}`;
  return failure({ code: 406, reason: "NotAcceptable", message });
}

export function bodyTooLarge(limit: number): ApiError {
  const message = `Request entity too large: limit is ${limit}`;
  return failure({ code: 413, reason: "RequestEntityTooLarge", message });
}

/** 500 with the reason InternalError. */
export function internal(text: string): ApiError {
  return failure({
    code: 500,
    reason: "InternalError",
    message: `Internal error occurred: ${text}`,
    details: { causes: [{ reason: "", message: text, field: "" }] },
  });
}

/** 500 with a text only: what Kubernetes answers when a plain Go error reaches the HTTP layer. */
export function unclassified(message: string): ApiError {
  return failure({ code: 500, message });
}

/** Text as Go's %q prints it: what Kubernetes puts around names in messages. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
