import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { Service } from "../../shared/kit/lifecycle.ts";
import { listen } from "../../shared/kit/listen.ts";
import type { Logger } from "../../shared/kit/logger.ts";
import { ApiError, internal } from "../status.ts";
import { Answer } from "./answer.ts";
import type { Identity } from "./identity.ts";
import { formatWanted } from "./negotiation.ts";
import type { Router } from "./router.ts";

interface ApiServerParts {
  readonly host: string;
  readonly port: number;
  readonly identity: Identity;
  readonly router: Router;
  readonly log: Logger;
  /** Ends the open watches, which a server cannot wait for. */
  readonly endWatches: () => void;
}

/** The HTTPS listener: one handler, TLS by our own CA, and no request without an answer. */
export class ApiServer implements Service {
  readonly name = "apiServer";
  readonly #parts: ApiServerParts;
  readonly #server: Server;
  #port = 0;

  constructor(parts: ApiServerParts) {
    this.#parts = parts;
    const { certificate, key } = parts.identity;
    const tls = { cert: certificate, key, minVersion: "TLSv1.2" as const };
    this.#server = createServer({ ...tls, keepAlive: true }, (request, response) => {
      void this.#handle(request, response);
    });
    // Watches last up to an hour; what bounds a request is its own timeout.
    this.#server.requestTimeout = 0;
    this.#server.keepAliveTimeout = 90_000;
    this.#server.on("tlsClientError", (error) => parts.log.debug("TLS handshake failed", { error }));
  }

  /** Without trailing slash; valid after the start. */
  get url(): string {
    const { host } = this.#parts;
    return `https://${host.includes(":") ? `[${host}]` : host}:${this.#port}`;
  }

  async start(): Promise<void> {
    const { host, port } = this.#parts;
    this.#port = await listen(this.#server, { host, port, what: "the Kubernetes API", flag: "--kube-port" });
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#parts.endWatches();
    this.#server.closeIdleConnections();
    const hurry = setTimeout(() => this.#server.closeAllConnections(), 1000);
    await closed;
    clearTimeout(hurry);
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const format = formatWanted(request.headers.accept);
    const answer = new Answer(response, format, { isHead: request.method === "HEAD" });
    response.on("error", (error) => this.#parts.log.debug("answer not delivered", { error }));
    try {
      await this.#parts.router.route(request, answer);
    } catch (error) {
      if (response.destroyed) {
        this.#parts.log.debug("client gone", { method: request.method, url: request.url });
        return;
      }
      if (response.headersSent) {
        this.#parts.log.warn("answer broken off", { error, method: request.method, url: request.url });
        response.destroy();
        return;
      }
      if (!(error instanceof ApiError)) {
        this.#parts.log.error("request failed", { error, method: request.method, url: request.url });
      }
      answer.sendStatus((error instanceof ApiError ? error : internal("see the log of the server")).status);
    }
  }
}
