import { readFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { type createConnection as createSocket, isIP } from "node:net";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { WebSocket } from "ws";
import { Fault, textOf } from "../../shared/kit/fault.ts";
import { within } from "../../shared/kit/time.ts";
import { SYNC_PATH } from "../../shared/wire/enrolment.ts";
import { MAX_FRAME_BYTES } from "../../shared/wire/syncFrames.ts";

/** PEM files as `edgeloom join` wrote them; read at each dial, so that new ones need no restart. */
export interface CertificateFiles {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/** A TLS session to resume, good for the certificate that it was made with only. */
export interface TlsSession {
  readonly certificate: string;
  readonly ticket: Buffer;
}

export interface Dialled {
  readonly socket: WebSocket;
  readonly transport: TLSSocket;
}

interface DialRequest {
  readonly url: string;
  readonly files: CertificateFiles;
  readonly timeoutMs: number;
  readonly session: TlsSession | undefined;
  /** A ticket for the next time; may come at any time while the connection lives. */
  readonly onSession: (session: TlsSession) => void;
  readonly signal: AbortSignal;
}

/** The hub expects a goodbye to be answered within this. */
const GOODBYE_MS = 1000;

/**
 * Opens the WebSocket to the hub. `config.missing` if a file is not there, `config.refused` if the hub will not have
 * us or is not the one that our CA signed, `link.timeout`, `link.unreachable`.
 */
export async function dial(request: DialRequest): Promise<Dialled> {
  const { url, files, timeoutMs, session, onSession, signal } = request;
  const [ca, cert, key] = await Promise.all([files.ca, files.certificate, files.key].map(readPem));
  if (ca === undefined || cert === undefined || key === undefined) throw new Error("three files give three texts");
  let transport: TLSSocket | undefined;
  const createConnection = (options: ConnectionOptions): TLSSocket => {
    const servername = isIP(options.host ?? "") ? "" : options.host;
    const ticket = session?.certificate === cert ? session.ticket : undefined;
    // `path` is the request's; to tls.connect it would be a Unix socket's.
    transport = connect({ ...options, path: undefined, servername, session: ticket, minVersion: "TLSv1.2" });
    return transport.on("session", (next: Buffer) => onSession({ certificate: cert, ticket: next }));
  };
  // No literal in place: the types of ws do not know closeTimeout yet.
  const options = {
    ...{ ca, cert, key, closeTimeout: GOODBYE_MS, perMessageDeflate: false, maxPayload: MAX_FRAME_BYTES },
    // They know of net.connect alone here; with wss it is tls.connect that is called.
    createConnection: createConnection as unknown as typeof createSocket,
  };
  const socket = new WebSocket(`${url}${SYNC_PATH}`, options);
  await opened({ socket, url, timeoutMs, signal });
  if (transport === undefined) throw new Error("ws made its connection without us");
  return { socket, transport };
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new Fault("config.missing", `cannot read ${path}: ${textOf(cause)}; \`edgeloom join\` writes it`, { cause });
  }
}

interface Opening {
  readonly socket: WebSocket;
  readonly url: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Resolves when the WebSocket is open; else ends it and throws the Fault that says why. */
async function opened({ socket, url, timeoutMs, signal }: Opening): Promise<void> {
  const cut = () => socket.terminate();
  signal.addEventListener("abort", cut, { once: true });
  const open = new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.on("error", reject);
    socket.once("unexpected-response", (_request, response: IncomingMessage) => {
      readReason(response).then((reason) => {
        reject(new Fault("config.refused", `the hub ${url} refused this edge: ${response.statusCode} ${reason}`));
      }, reject);
    });
  });
  try {
    signal.throwIfAborted();
    // One deadline for connecting, TLS and the upgrade together, whatever trickles in meanwhile.
    const late = () => new Fault("link.timeout", `the hub ${url} did not answer within ${timeoutMs} ms`);
    await within(timeoutMs, open, late);
  } catch (error) {
    socket.terminate();
    signal.throwIfAborted();
    throw error instanceof Fault ? error : faultOf(error, url);
  } finally {
    signal.removeEventListener("abort", cut);
  }
}

async function readReason(response: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) {
    text += chunk;
    if (text.length > 500) break;
  }
  return text.trim();
}

const NOT_TRUSTED = /CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS|ERR_SSL|EPROTO/;

function faultOf(error: unknown, url: string): Fault {
  const { code = "", message } = error as NodeJS.ErrnoException;
  if (NOT_TRUSTED.test(code)) {
    return new Fault("config.refused", `TLS with the hub ${url} failed: ${message} (${code})`, { cause: error });
  }
  return new Fault("link.unreachable", `the hub ${url} is not reached: ${message || code}`, { cause: error });
}
