import type { IncomingHttpHeaders } from "node:http";
import { Fault, type FaultCode, isFault } from "../../shared/kit/fault.ts";

interface Answer {
  /** Method and URL, for the message. */
  readonly what: string;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/**
 * An answer other than 2xx as a Fault, by what to do next: 404 `data.unknown`, 409 `state.conflict`, 410
 * `state.stale`, 401 and 403 `config.refused`, 429 and 5xx `link.unreachable`, the rest `data.malformed`. Details:
 * `status`, the API's `reason`, and `retryAfterMs` where the server named one.
 */
export function faultOfAnswer({ what, status, headers, text }: Answer): Fault {
  const { message, reason } = statusIn(text);
  const retryAfter = Number(headers["retry-after"]);
  return new Fault(codeOf(status), `${what} answered ${status}: ${message}`, {
    details: { status, reason, ...(retryAfter > 0 ? { retryAfterMs: retryAfter * 1000 } : {}) },
  });
}

/** A Status inside a watch stream as a Fault. */
export function faultOfStatus(what: string, status: unknown): Fault {
  const text = JSON.stringify(status) ?? "";
  const { code } = (typeof status === "object" && status !== null ? status : {}) as { code?: unknown };
  return faultOfAnswer({ what, status: typeof code === "number" ? code : 500, headers: {}, text });
}

function codeOf(status: number): FaultCode {
  if (status === 404) return "data.unknown";
  if (status === 409) return "state.conflict";
  if (status === 410) return "state.stale";
  if (status === 401 || status === 403) return "config.refused";
  return status === 429 || status >= 500 ? "link.unreachable" : "data.malformed";
}

function statusIn(text: string): { message: string; reason: string } {
  try {
    const { message, reason } = JSON.parse(text) as { message?: unknown; reason?: unknown };
    return {
      message: typeof message === "string" && message !== "" ? message : "no message",
      reason: typeof reason === "string" ? reason : "",
    };
  } catch {
    // Not the API's own words: a proxy's page, perhaps.
    return { message: text.slice(0, 200).replaceAll(/\s+/g, " ") || "nothing", reason: "" };
  }
}

const hasStatus = (error: unknown, status: number): boolean =>
  isFault(error) && "status" in error.details && error.details["status"] === status;

export const isNotFound = (error: unknown): boolean => hasStatus(error, 404);
export const isConflict = (error: unknown): boolean => hasStatus(error, 409);
export const isGone = (error: unknown): boolean => hasStatus(error, 410);
export const isUnauthorized = (error: unknown): boolean => hasStatus(error, 401);

/** What the server asked to wait, or 0. */
export function retryAfterMsOf(error: unknown): number {
  const wait = isFault(error) ? error.details["retryAfterMs"] : undefined;
  return typeof wait === "number" ? wait : 0;
}
