import type { ClientRequest, IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { apiOf } from "./kubeApi.ts";
import type { RunningKube } from "./kubeServer.ts";

export interface RawAnswer {
  readonly status: number;
  readonly text: string;
}

export interface OpenWatch {
  /** Events so far, in order. */
  readonly events: readonly { readonly type: string; readonly object: Record<string, unknown> }[];
  /** Resolves once this many events are there, or rejects when the stream ended before. */
  until(count: number): Promise<void>;
  readonly ended: Promise<void>;
  readonly response: IncomingMessage;
  close(): void;
}

/** Requests as bytes, for tests of what clients on top would hide: no token, slow readers, streams. */
export class RawKube {
  readonly #base: URL;
  readonly #token: string;
  readonly #agent: Agent;

  constructor(kube: RunningKube) {
    const { server, ca, token } = apiOf(kube.kubeconfigPath);
    this.#base = new URL(server);
    this.#token = token;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 16, ca });
  }

  open(method: string, path: string, headers: Record<string, string> = {}): ClientRequest {
    const authorization = `Bearer ${this.#token}`;
    const all = { authorization, accept: "application/json", ...headers };
    return request(new URL(path, this.#base), { method, agent: this.#agent, headers: all });
  }

  async call(
    method: string,
    path: string,
    { body, headers = {} }: { body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<RawAnswer> {
    const call = this.open(method, path, {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    });
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      call.on("response", resolve).on("error", reject);
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
    let text = "";
    for await (const part of response.setEncoding("utf8")) text += String(part);
    return { status: response.statusCode ?? 0, text };
  }

  /** Opens a watch and gives it once its headers are there. */
  async watch(path: string): Promise<OpenWatch> {
    const call = this.open("GET", path);
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      call.on("response", resolve).on("error", reject);
      call.end();
    });
    const events: { type: string; object: Record<string, unknown> }[] = [];
    const waiters = new Set<() => void>();
    let rest = "";
    response.setEncoding("utf8").on("data", (part: string) => {
      const lines = (rest + part).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line !== "") events.push(JSON.parse(line));
      for (const waiter of waiters) waiter();
    });
    const ended = new Promise<void>((resolve) => response.on("close", resolve).on("error", () => {}));
    const until = (count: number) =>
      new Promise<void>((resolve, reject) => {
        const look = () => {
          if (events.length >= count) resolve();
        };
        waiters.add(look);
        look();
        ended.then(() => reject(new Error(`the watch ended after ${events.length} of ${count} events`)), reject);
      });
    return { events, until, ended, response, close: () => call.destroy() };
  }
}
