import http from "node:http";
import https from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import { Fault, textOf } from "../../shared/kit/fault.ts";
import type { Clock } from "../../shared/kit/time.ts";
import { Credentials } from "./credentials.ts";
import { faultOfAnswer, isUnauthorized } from "./kubeFault.ts";

export interface KubeRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** From the root of the API, each segment already escaped: `/api/v1/nodes/edge-1`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Of a PATCH; else application/json. */
  readonly contentType?: string;
}

export const MERGE_PATCH = "application/merge-patch+json";

/** An answer that takes longer is a dead connection (kube-apiserver itself gives up after 60 s). */
const TIMEOUT_MS = 30_000;
const MAX_ERROR_BYTES = 65_536;

/**
 * Requests to the Kubernetes API over kept connections, with the kubeconfig's TLS and credentials. Not the library's
 * own calls: those open a connection each and cannot be ended. Every failure is a Fault (see kubeFault.ts).
 */
export class KubeClient {
  readonly server: string;
  readonly #credentials: Credentials;

  constructor({ config, clock }: { config: KubeConfig; clock: Clock }) {
    this.server = (config.getCurrentCluster()?.server ?? "").replace(/\/+$/, "");
    this.#credentials = new Credentials({ config, clock });
  }

  /** The answer's JSON. Who asks knows its type: the server has checked it against its schema. */
  async request<T>(request: KubeRequest, signal: AbortSignal): Promise<T> {
    const response = await this.open(request, signal);
    const text = await this.#textOf(response, request, signal);
    try {
      return JSON.parse(text) as T; // library border: the API server's own schema vouches for T
    } catch (cause) {
      throw new Fault("link.confused", `${this.#what(request)} answered what is not JSON`, { cause });
    }
  }

  /** The open answer of a 2xx; its body is the caller's to read and to destroy. For watches. */
  async open(request: KubeRequest, signal: AbortSignal): Promise<http.IncomingMessage> {
    const response = await this.#send(request, signal);
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return response;
    const text = await this.#textOf(response, request, signal, MAX_ERROR_BYTES);
    const fault = faultOfAnswer({ what: this.#what(request), status, headers: response.headers, text });
    if (isUnauthorized(fault)) this.#credentials.forget();
    throw fault;
  }

  close(): void {
    this.#credentials.close();
  }

  async #send(request: KubeRequest, signal: AbortSignal): Promise<http.IncomingMessage> {
    try {
      return await this.#sendOnce(request, signal);
    } catch (error) {
      // A kept connection that the server closed just as we wrote: it has not seen the request.
      if (error instanceof Reused) return await this.#sendOnce(request, signal);
      throw error;
    }
  }

  async #sendOnce(request: KubeRequest, signal: AbortSignal): Promise<http.IncomingMessage> {
    const { agent, headers } = await this.#credentials.access();
    signal.throwIfAborted();
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const query = new URLSearchParams(request.query).toString();
    const url = `${this.server}${request.path}${query === "" ? "" : `?${query}`}`;
    return await new Promise((resolve, reject) => {
      const call = (url.startsWith("http:") ? http : https).request(url, {
        method: request.method,
        agent,
        headers: {
          accept: "application/json",
          "user-agent": "edgeloom",
          ...headers,
          ...(body === undefined
            ? {}
            : { "content-type": request.contentType ?? "application/json", "content-length": Buffer.byteLength(body) }),
        },
      });
      const onAbort = () => call.destroy(signal.reason as Error);
      const late = setTimeout(() => call.destroy(this.#late(request)), TIMEOUT_MS);
      const settle = () => {
        clearTimeout(late);
        signal.removeEventListener("abort", onAbort);
      };
      signal.addEventListener("abort", onAbort, { once: true });
      call.once("response", (response) => {
        settle();
        resolve(response);
      });
      call.once("error", (cause: NodeJS.ErrnoException) => {
        settle();
        if (signal.aborted) return reject(signal.reason as Error);
        if (call.reusedSocket && cause.code === "ECONNRESET") return reject(new Reused(cause.message, { cause }));
        reject(cause instanceof Fault ? cause : this.#unreachable(request, cause));
      });
      call.end(body);
    });
  }

  async #textOf(
    response: http.IncomingMessage,
    request: KubeRequest,
    signal: AbortSignal,
    maxLength = Number.POSITIVE_INFINITY,
  ): Promise<string> {
    const onAbort = () => response.destroy(signal.reason as Error);
    const late = setTimeout(() => response.destroy(this.#late(request)), TIMEOUT_MS);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      let text = "";
      response.setEncoding("utf8");
      for await (const chunk of response) {
        text += String(chunk);
        if (text.length > maxLength) break;
      }
      return text;
    } catch (cause) {
      signal.throwIfAborted();
      if (cause instanceof Fault) throw cause;
      throw new Fault("link.closed", `${this.#what(request)}: the answer broke off: ${textOf(cause)}`, { cause });
    } finally {
      clearTimeout(late);
      signal.removeEventListener("abort", onAbort);
    }
  }

  #what({ method, path }: KubeRequest): string {
    return `${method} ${this.server}${path}`;
  }

  #late(request: KubeRequest): Fault {
    return new Fault("link.timeout", `${this.#what(request)} did not answer within ${TIMEOUT_MS / 1000} s`);
  }

  #unreachable(request: KubeRequest, cause: NodeJS.ErrnoException): Fault {
    const code = cause.code === "ECONNRESET" ? "link.closed" : "link.unreachable";
    return new Fault(code, `${this.#what(request)} failed: ${textOf(cause)}; is the API server up?`, { cause });
  }
}

/** Says that a request failed only because its kept connection was already gone. */
class Reused extends Error {}
