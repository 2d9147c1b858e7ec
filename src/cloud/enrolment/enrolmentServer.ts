import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import { Counter, type Registry } from "prom-client";
import { isFault, textOf } from "../../shared/kit/fault.ts";
import type { Service } from "../../shared/kit/lifecycle.ts";
import { listen } from "../../shared/kit/listen.ts";
import type { Logger } from "../../shared/kit/logger.ts";
import { OpenSockets } from "../../shared/kit/openSockets.ts";
import { certificateDer } from "../../shared/kit/pem.ts";
import { ENROLMENT, HEADERS } from "../../shared/wire/enrolment.ts";
import type { Authority } from "./authority.ts";
import type { Enroller } from "./enroller.ts";

/** Who connects and says nothing is cut off. */
const PATIENCE_MS = 10_000;

interface EnrolmentServerParts {
  readonly host: string;
  readonly port: number;
  readonly authority: Authority;
  readonly enroller: Enroller;
  /** The URL that an edge should dial; `host` is the name by which it reached us. */
  readonly hubUrl: (host: string) => string;
  readonly registry: Registry;
  readonly log: Logger;
}

/** HTTPS on 10002: gives the CA to everybody, and certificates to edges that have a token. */
export class EnrolmentServer implements Service {
  readonly name = "enrolment";
  readonly #parts: EnrolmentServerParts;
  readonly #life = new AbortController();
  readonly #answers: Counter<"answer">;
  #server: Server | undefined;
  #connections: OpenSockets | undefined;
  #port = 0;

  constructor(parts: EnrolmentServerParts) {
    this.#parts = parts;
    this.#answers = new Counter({
      name: "edgeloom_enrolment_requests_total",
      help: "Requests for a certificate by answer: issued, failed, or the cause of the refusal.",
      labelNames: ["answer"],
      registers: [parts.registry],
    });
  }

  /** The port it got; 0 before the start. */
  get port(): number {
    return this.#port;
  }

  async start(): Promise<void> {
    const { authority, host, port } = this.#parts;
    const server = createServer({ ...authority.serverTls(), minVersion: "TLSv1.2", handshakeTimeout: PATIENCE_MS });
    server.requestTimeout = PATIENCE_MS;
    server.headersTimeout = PATIENCE_MS;
    server.on("request", (request, response) => void this.#answer(request, response));
    authority.onRenewed(() => server.setSecureContext(authority.serverTls()), this.#life.signal);
    this.#server = server;
    this.#connections = new OpenSockets(server);
    this.#port = await listen(server, { host, port, what: "enrolment", flag: "--enrol-port" });
  }

  async stop(): Promise<void> {
    this.#life.abort();
    const server = this.#server;
    if (!server?.listening) return;
    const closed = new Promise((resolve) => server.close(resolve));
    this.#connections?.destroy();
    await closed;
  }

  /** Never rejects: whatever goes wrong ends in an answer and in the count. */
  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.split("?", 1)[0];
    try {
      if (path === ENROLMENT.caRoute && request.method === "GET") {
        send(response, 200, certificateDer(this.#parts.authority.ca.certificate));
      } else if (path === ENROLMENT.certificateRoute && (request.method === "POST" || request.method === "GET")) {
        await this.#enrol(request, response);
      } else {
        send(response, 404, `try GET ${ENROLMENT.caRoute} or POST ${ENROLMENT.certificateRoute}`);
      }
    } catch (error) {
      this.#answers.inc({ answer: "failed" });
      this.#parts.log.error("enrolment failed", { node: header(request, HEADERS.node), fault: error });
      const reason = isFault(error) ? textOf(error) : "see the cloud's log";
      if (!response.headersSent) send(response, 503, `the cloud could not enrol the node: ${reason}; try again`);
    }
  }

  async #enrol(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const csr = await readBody(request);
    if (csr === undefined) {
      this.#answers.inc({ answer: "body" });
      response.setHeader("connection", "close");
      return send(response, 413, `the request is longer than ${ENROLMENT.maxBodyBytes} bytes, or was broken off`);
    }
    const [node, site] = [header(request, HEADERS.node), header(request, HEADERS.site)];
    const { authorization } = request.headers;
    const answer = await this.#parts.enroller.enrol({ authorization, node, site, csr });
    switch (answer.kind) {
      case "issued":
        this.#answers.inc({ answer: "issued" });
        this.#parts.log.info("node enrolled", { node: answer.node, site });
        response.setHeader(HEADERS.hub, this.#parts.hubUrl(hostOf(request)));
        return send(response, 200, answer.certificate);
      case "refused":
        this.#answers.inc({ answer: answer.cause });
        this.#parts.log.warn("node refused", { node, cause: answer.cause, remote: request.socket.remoteAddress });
        return send(response, answer.status, answer.reason);
    }
  }
}

function send(response: ServerResponse, status: number, body: string | Buffer): void {
  const isText = typeof body === "string";
  response.setHeader("content-type", isText ? "text/plain; charset=utf-8" : "application/pkix-cert");
  response.writeHead(status).end(isText ? `${body}\n` : body);
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join() : value;
}

/** The name by which the client reached us: `Host` without its port. */
function hostOf(request: IncomingMessage): string {
  return (request.headers.host ?? "localhost").replace(/:\d+$/, "");
}

/** The body; undefined if it is longer than allowed or was broken off. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    // Without destroying the socket on a return: the answer still has to go out.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > ENROLMENT.maxBodyBytes) return undefined;
      chunks.push(chunk);
    }
  } catch {
    return undefined; // Broken off: nobody is there to hear why.
  }
  return Buffer.concat(chunks);
}
