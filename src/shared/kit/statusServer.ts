import { createServer, type Server } from "node:http";
import type { Registry } from "prom-client";
import type { Service } from "./lifecycle.ts";
import { listen } from "./listen.ts";

interface StatusServerParts {
  readonly host: string;
  readonly port: number;
  readonly flag: string;
  readonly registry: Registry;
  /** Empty when ready; else one line per reason why not. */
  notReady(): readonly string[];
}

/** `/metrics` (Prometheus text), `/healthz` (the process answers), `/readyz` (200 or 503 with the reasons). */
export class StatusServer implements Service {
  readonly name = "statusServer";
  readonly #parts: StatusServerParts;
  readonly #server: Server;
  #url = "";

  constructor(parts: StatusServerParts) {
    this.#parts = parts;
    this.#server = createServer((request, response) => {
      const reply = (status: number, body: string, type = "text/plain; charset=utf-8") => {
        response.writeHead(status, { "content-type": type }).end(body);
      };
      switch (request.url?.split("?", 1)[0]) {
        case "/metrics":
          parts.registry.metrics().then(
            (text) => reply(200, text, parts.registry.contentType),
            (error: unknown) => reply(500, String(error)),
          );
          return;
        case "/healthz":
          return reply(200, "ok\n");
        case "/readyz": {
          const reasons = parts.notReady();
          return reasons.length === 0 ? reply(200, "ok\n") : reply(503, `${reasons.join("\n")}\n`);
        }
        default:
          return reply(404, "try /metrics, /healthz or /readyz\n");
      }
    });
  }

  /** Without trailing slash; empty before the start. */
  get url(): string {
    return this.#url;
  }

  async start(): Promise<void> {
    const { host, port, flag } = this.#parts;
    this.#url = `http://${host}:${await listen(this.#server, { host, port, flag, what: "metrics and health" })}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
