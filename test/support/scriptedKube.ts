import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { KubeConfig } from "@kubernetes/client-node";
import { createCa, issueServerCertificate } from "../../src/shared/kit/certificates.ts";

/** What the server does with one request; `reset` tears its connection down with RST. */
export type Play = (request: IncomingMessage, response: ServerResponse, reset: () => void) => void;

export const plays = {
  /** A page of a list. */
  list:
    (items: readonly unknown[], resourceVersion: string, next?: string): Play =>
    (_request, response) => {
      const metadata = { resourceVersion, ...(next === undefined ? {} : { continue: next }) };
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ items, metadata }));
    },
  /** A watch that says these lines, and then stays open, ends cleanly, or is reset when the promise says so. */
  watch:
    (lines: readonly unknown[], end: "stay" | "close" | Promise<void>): Play =>
    (_request, response, reset) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.flushHeaders();
      const text = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n");
      if (lines.length > 0) response.write(`${text}\n`);
      if (end === "close") response.end();
      if (end instanceof Promise) void end.then(reset);
    },
  fail:
    (status: number, headers: Record<string, string> = {}): Play =>
    (_request, response) => {
      const body = { kind: "Status", status: "Failure", message: `scripted ${status}`, code: status };
      response.writeHead(status, headers).end(JSON.stringify(body));
    },
  reset: (): Play => (_request, _response, reset) => reset(),
  /** Accepts, and says nothing for ever: a half-open connection. */
  silence: (): Play => () => {},
};

export interface ScriptedKube {
  readonly config: KubeConfig;
  /** Path and query of every request so far. */
  readonly requests: readonly URL[];
  /** What comes next; when the list is used up, the last play goes on for ever. */
  script(...next: readonly Play[]): void;
  stop(): Promise<void>;
}

/** An HTTPS server that answers like a Kubernetes API that has a bad day. */
export async function startScriptedKube(): Promise<ScriptedKube> {
  const ca = await createCa({ commonName: "scripted", years: 1, now: Date.now() });
  const { certificate, key } = await issueServerCertificate({
    ca,
    commonName: "scripted",
    names: ["127.0.0.1"],
    validity: { now: Date.now(), days: 1 },
  });
  const requests: URL[] = [];
  const connections = new Map<number, Socket>();
  let waiting: Play[] = [plays.silence()];
  const server = createServer({ cert: certificate, key }, (request, response) => {
    requests.push(new URL(request.url ?? "/", "https://scripted"));
    response.on("error", () => {});
    const [play] = waiting;
    if (waiting.length > 1) waiting = waiting.slice(1);
    play?.(request, response, () => connections.get(request.socket.remotePort ?? 0)?.resetAndDestroy());
  });
  // TLS sockets cannot be reset; what lies below them can.
  server.on("connection", (socket: Socket) => connections.set(socket.remotePort ?? 0, socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [
      {
        name: "scripted",
        server: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
        caData: Buffer.from(ca.certificate).toString("base64"),
      },
    ],
    users: [{ name: "admin", token: "secret-token" }],
    contexts: [{ name: "scripted", cluster: "scripted", user: "admin" }],
    currentContext: "scripted",
  });
  return {
    config,
    requests,
    script(...next) {
      waiting = [...next];
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
