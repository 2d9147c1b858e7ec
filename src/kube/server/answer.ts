import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import { type JsonObject, type JsonValue, stringifyJson } from "../json.ts";
import type { StatusObject } from "../status.ts";
import type { Format } from "./negotiation.ts";
import { yamlText } from "./yamlText.ts";

/** Everything that an answer has besides its body. */
export interface AnswerHead {
  readonly status: number;
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const CONTENT_TYPES: Readonly<Record<Format, string>> = { json: "application/json", yaml: "application/yaml" };

/** Headers that every answer carries; warnings are quoted as RFC 7234, 5.5 says. */
export function writeHead(
  response: ServerResponse,
  { status, contentType, headers }: AnswerHead,
  warnings: Iterable<string>,
): void {
  const list = [...new Set(warnings)].map((text) => `299 - "${text.replaceAll(/["\\]/g, "\\$&")}"`);
  const all: OutgoingHttpHeaders = { "cache-control": "no-cache, private", ...headers };
  if (contentType !== "") all["content-type"] = contentType;
  if (list.length > 0) response.setHeader("warning", list);
  response.writeHead(status, all);
}

/** One answer to one request: collects warnings, and is sent once. */
export class Answer {
  readonly response: ServerResponse;
  readonly format: Format;
  readonly #warnings: string[] = [];
  readonly #isHead: boolean;

  constructor(response: ServerResponse, format: Format, { isHead = false }: { isHead?: boolean } = {}) {
    this.response = response;
    this.format = format;
    this.#isHead = isHead;
  }

  readonly warn = (text: string): void => {
    this.#warnings.push(text);
  };

  get warnings(): readonly string[] {
    return this.#warnings;
  }

  /** JSON that exists already; YAML clients get it converted. */
  sendText(status: number, json: string, value: JsonObject): void {
    // Go's encoder ends every document with a line break, and `kubectl get --raw` prints what comes.
    if (this.format === "json") this.sendRaw({ status, contentType: CONTENT_TYPES.json }, `${json}\n`);
    else this.sendRaw({ status, contentType: CONTENT_TYPES.yaml }, yamlText(value));
  }

  send(status: number, value: JsonObject): void {
    this.sendText(status, this.format === "json" ? stringifyJson(value) : "", value);
  }

  sendStatus(status: StatusObject): void {
    const retryAfter = status.details?.retryAfterSeconds;
    const body: JsonValue = JSON.parse(JSON.stringify(status));
    const code = status.code ?? 200;
    const headers: Record<string, string> = retryAfter === undefined ? {} : { "retry-after": String(retryAfter) };
    const contentType = CONTENT_TYPES[this.format];
    const text = this.format === "json" ? `${stringifyJson(body)}\n` : yamlText(body);
    this.sendRaw({ status: code, contentType, headers }, text);
  }

  /** What the Go server answers on paths that nobody handles; kubectl builds its message from it. */
  sendPageNotFound(): void {
    const headers = { "x-content-type-options": "nosniff" };
    this.sendRaw({ status: 404, contentType: "text/plain; charset=utf-8", headers }, "404 page not found\n");
  }

  sendRaw(head: AnswerHead, body: string | Uint8Array): void {
    const length = { "content-length": String(Buffer.byteLength(body)) };
    writeHead(this.response, { ...head, headers: { ...head.headers, ...length } }, this.#warnings);
    this.response.end(this.#isHead ? undefined : body);
  }
}
