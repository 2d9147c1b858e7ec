import type { IncomingMessage } from "node:http";
import { createServer, type Server } from "node:https";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import type { Registry } from "prom-client";
import { type WebSocket, WebSocketServer } from "ws";
import type { Bus } from "../../shared/kit/bus.ts";
import type { LinkEnd } from "../../shared/kit/frameLink.ts";
import type { Service } from "../../shared/kit/lifecycle.ts";
import { listen } from "../../shared/kit/listen.ts";
import type { Logger } from "../../shared/kit/logger.ts";
import { OpenSockets } from "../../shared/kit/openSockets.ts";
import type { Clock } from "../../shared/kit/time.ts";
import { CLOSE } from "../../shared/wire/closeCodes.ts";
import { SYNC_PATH } from "../../shared/wire/enrolment.ts";
import { MAX_FRAME_BYTES } from "../../shared/wire/syncFrames.ts";
import type { CloudEvents } from "../events.ts";
import type { Assignments, StatusSink } from "./assignments.ts";
import { identityOf } from "./edgeIdentity.ts";
import { EdgeSession, type HubTiming } from "./edgeSession.ts";
import { HubMetrics } from "./hubMetrics.ts";

/** Who connects and says nothing is cut off; a goodbye that is not answered is over. */
const PATIENCE_MS = 10_000;
const GOODBYE_MS = 1000;
/** Edges that connect at once after a restart resume their TLS sessions for so long. */
const TICKET_SECONDS = 3600;
const LEAST_RECONNECT_CAP_MS = 4000;
const RECONNECTS_PER_SECOND = 250;

/** Compression would cost eight times the CPU. `closeTimeout` is not in @types/ws yet, hence no literal in place. */
const SOCKET_OPTIONS = {
  noServer: true,
  maxPayload: MAX_FRAME_BYTES,
  perMessageDeflate: false,
  clientTracking: false,
  closeTimeout: GOODBYE_MS,
};

/** The hub's CA and what its server shows; `cert`, `key` and `ticketKeys` as TLS wants them. */
interface HubAuthority {
  readonly ca: { readonly certificate: string };
  serverTls(): { readonly cert: string; readonly key: string; readonly ticketKeys: Buffer };
  onRenewed(handler: () => void, signal: AbortSignal): void;
}

interface CloudHubParts {
  readonly host: string;
  readonly port: number;
  readonly authority: HubAuthority;
  readonly assignments: Assignments;
  readonly sink: StatusSink;
  readonly bus: Bus<CloudEvents>;
  /** Of Edgeloom, for the hello. */
  readonly version: string;
  readonly timing: HubTiming;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The WebSocket server to which edges dial: mutual TLS, one session per node, whose name is that of its certificate. */
export class CloudHub implements Service {
  readonly name = "cloudHub";
  readonly #parts: CloudHubParts;
  readonly #metrics: HubMetrics;
  readonly #life = new AbortController();
  readonly #sockets: WebSocketServer;
  /** Those that have said hello, by node. */
  readonly #sessions = new Map<string, EdgeSession>();
  /** All whose link is not gone yet, with those that have not said hello or are being replaced. */
  readonly #running = new Map<EdgeSession, Promise<void>>();
  #server: Server | undefined;
  #connections: OpenSockets | undefined;
  #port = 0;
  #lastSession = 0;

  constructor(parts: CloudHubParts) {
    this.#parts = parts;
    this.#metrics = new HubMetrics(parts.registry);
    this.#sockets = new WebSocketServer(SOCKET_OPTIONS);
  }

  /** The port it got; 0 before the start. */
  get port(): number {
    return this.#port;
  }

  async start(): Promise<void> {
    const { authority, host, port, bus } = this.#parts;
    const server = createServer({
      ...authority.serverTls(),
      ca: authority.ca.certificate,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: "TLSv1.2",
      handshakeTimeout: PATIENCE_MS,
      sessionTimeout: TICKET_SECONDS,
      // Else Node takes one from the command line, and a ticket were good at the same program only.
      sessionIdContext: "edgeloom-hub",
    });
    server.headersTimeout = PATIENCE_MS;
    server.requestTimeout = PATIENCE_MS;
    server.on("tlsClientError", (error) => this.#refuse("tls", { problem: error.message }));
    server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
    server.on("request", (_request, response) => response.writeHead(426).end("edges connect here by WebSocket\n"));
    this.#server = server;
    this.#connections = new OpenSockets(server);
    authority.onRenewed(() => {
      server.setSecureContext({ ...authority.serverTls(), ca: authority.ca.certificate });
    }, this.#life.signal);
    bus.on("assignment.changed", ({ node, key }) => this.#sessions.get(node)?.changed(key), this.#life.signal);
    this.#port = await listen(server, { host, port, what: "the hub", flag: "--hub-port" });
  }

  /** Takes no more edges, lets what they reported be stored and acknowledged, and says goodbye. */
  async stop(): Promise<void> {
    this.#life.abort();
    const server = this.#server;
    const closed = server?.listening ? new Promise((resolve) => server.close(resolve)) : undefined;
    await Promise.all([...this.#running.keys()].map((session) => session.drain()));
    for (const session of this.#running.keys()) session.close(CLOSE.goingAway, "the hub is stopping");
    await Promise.all(this.#running.values());
    this.#connections?.destroy();
    await closed;
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => socket.destroy());
    const admission = this.#admit(request, socket);
    switch (admission.kind) {
      case "refused":
        this.#refuse(admission.status.slice(0, 3), { problem: admission.reason });
        socket.end(httpText(admission));
        break;
      case "node":
        if (admission.transport.isSessionReused()) this.#metrics.resumedHandshakes.inc();
        this.#sockets.handleUpgrade(request, socket, head, (webSocket) => this.#open(admission, webSocket));
    }
  }

  #admit(request: IncomingMessage, socket: Duplex): Admission {
    const [path] = (request.url ?? "").split("?", 1);
    if (path !== SYNC_PATH) return refusal("404 Not Found", `edges connect at ${SYNC_PATH}`);
    if (this.#life.signal.aborted) return refusal("503 Service Unavailable", "the hub is stopping");
    if (!(socket instanceof TLSSocket)) return refusal("403 Forbidden", "no TLS");
    const identity = identityOf(socket, this.#parts.clock.now());
    if (identity.kind === "refused") return refusal("403 Forbidden", identity.reason);
    return { kind: "node", node: identity.node, transport: socket };
  }

  #open({ node, transport }: Extract<Admission, { kind: "node" }>, socket: WebSocket): void {
    const { assignments, sink, version, timing, clock, log } = this.#parts;
    const session: EdgeSession = new EdgeSession({
      node,
      session: ++this.#lastSession,
      socket,
      bytesRead: () => transport.bytesRead,
      assignments,
      sink,
      version,
      reconnectCapMs: () => this.#reconnectCapMs(),
      onHello: (hello) => this.#welcome(session, hello),
      timing,
      metrics: this.#metrics,
      clock,
      log,
    });
    this.#running.set(session, this.#run(session));
  }

  #welcome(session: EdgeSession, hello: Pick<CloudEvents["edge.connected"], "store" | "version" | "devices">): void {
    const { bus, log } = this.#parts;
    const { node, session: number } = session;
    this.#sessions.get(node)?.close(CLOSE.replaced, "the node has connected again");
    this.#sessions.set(node, session);
    this.#metrics.sessions.set(this.#sessions.size);
    log.info("edge connected", { node, session: number, devices: hello.devices.length, version: hello.version });
    const { store, version, devices } = hello;
    bus.emit("edge.connected", { node, session: number, store, version, devices });
  }

  async #run(session: EdgeSession): Promise<void> {
    const { log } = this.#parts;
    const { node, session: number } = session;
    let end: LinkEnd;
    try {
      end = await session.run();
    } catch (error) {
      end = { by: "us", reason: "the hub failed" };
      log.error("session failed", { node, session: number, error });
    }
    this.#running.delete(session);
    this.#metrics.sessionEnds.inc({ by: end.by });
    if (session.saidHello) this.#farewell(session, end);
    else this.#refuse("noHello", { node, problem: end.reason });
  }

  #farewell(session: EdgeSession, { reason, silentMs = 0 }: LinkEnd): void {
    const { bus, log } = this.#parts;
    const { node, session: number } = session;
    // The one that replaced it has the place already.
    if (this.#sessions.get(node) === session) this.#sessions.delete(node);
    this.#metrics.sessions.set(this.#sessions.size);
    log.info("edge disconnected", { node, session: number, reason });
    bus.emit("edge.disconnected", { node, session: number, reason, silentMs });
  }

  /** So many edges as there are come back at a bearable rate. */
  #reconnectCapMs(): number {
    return Math.max(LEAST_RECONNECT_CAP_MS, (this.#sessions.size / RECONNECTS_PER_SECOND) * 1000);
  }

  #refuse(reason: string, fields: Readonly<Record<string, unknown>>): void {
    this.#metrics.refusedConnections.inc({ reason });
    this.#parts.log.debug("connection refused", { reason, ...fields });
  }
}

type Admission =
  | { readonly kind: "node"; readonly node: string; readonly transport: TLSSocket }
  | { readonly kind: "refused"; readonly status: string; readonly reason: string };
type Refusal = Extract<Admission, { kind: "refused" }>;

const refusal = (status: string, reason: string): Refusal => ({ kind: "refused", status, reason });

/** A whole HTTP answer, for a socket that has no ServerResponse. */
function httpText({ status, reason }: Refusal): string {
  const length = Buffer.byteLength(reason) + 1;
  return `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${length}\r\n\r\n${reason}\n`;
}
