import { createConnection, type Socket } from "node:net";
import modbusSerial from "modbus-serial";
import { Fault, isFault, textOf } from "../../shared/kit/fault.ts";
import { SerialQueue } from "../../shared/kit/serialQueue.ts";
import { within } from "../../shared/kit/time.ts";
import { EXCEPTIONS } from "./config.ts";

// CommonJS with a synthetic default: the types say one level, Node gives two.
const { default: Client } = modbusSerial as unknown as { default: typeof import("modbus-serial").default };
export type Client = InstanceType<typeof Client>;

/** For whom a request is, and how long it may take. */
export interface Addressee {
  readonly unitId: number;
  readonly timeoutMs: number;
}

/** What the library's errors carry beyond Error when it keeps the frames. */
interface LibraryError {
  readonly modbusCode?: number;
  readonly modbusResponses?: readonly Uint8Array[];
}

/** Keep-alive probes find a half-open connection on a line that is polled rarely. */
const KEEP_ALIVE_MS = 10_000;

/**
 * One Modbus TCP connection, used once and thrown away when anything about it is doubtful. modbus-serial alone loses
 * closed connections (pending calls hang), overwrites transactions that overlap, and would take a late reply for the
 * next answer; so: a new client and socket each time, one request in flight, our own listeners on the socket, our own
 * timer, and after a timeout or a frame that does not belong the connection is dropped, so that nothing can come late.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #client: Client;
  readonly #url: string;
  readonly #queue = new SerialQueue();
  #abandon: ((fault: Fault) => void) | undefined;
  #isOpen = true;

  constructor(socket: Socket, client: Client, url: string) {
    this.#socket = socket;
    this.#client = client;
    this.#url = url;
    // The library keeps `error` to itself, and with it `close`: it would leave requests waiting for ever.
    socket.on("error", (cause) => this.#drop(new Fault("link.closed", `${url}: ${textOf(cause)}`, { cause })));
    socket.on("close", () => this.#drop(new Fault("link.closed", `${url} closed the connection`)));
    client.on("error", (cause: unknown) => this.#drop(new Fault("link.closed", `${url}: ${textOf(cause)}`, { cause })));
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** One exchange. Throws `device.refused` for an exception of the device, otherwise `link` Faults. */
  request<T>({ unitId, timeoutMs }: Addressee, ask: (client: Client) => Promise<T>): Promise<T> {
    return this.#queue.run(async () => {
      if (!this.#isOpen) throw new Fault("link.closed", `${this.#url}: the connection is closed`);
      try {
        this.#client.setID(unitId); // state of the client, so right before the call that it is for
        return await within(timeoutMs, this.#answer(ask), () => this.#late(unitId, timeoutMs));
      } catch (error) {
        const fault = isFault(error) ? error : this.#judge(error, unitId);
        if (isStray(fault)) this.#drop(fault);
        throw fault;
      }
    });
  }

  close(): void {
    this.#drop(new Fault("link.closed", `${this.#url}: we closed the connection`));
  }

  /** The library's promise, or the end of the connection if that comes first. */
  #answer<T>(ask: (client: Client) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#abandon = reject;
      ask(this.#client).then(resolve, reject);
    });
  }

  #late(unitId: number, timeoutMs: number): Fault {
    return new Fault("link.timeout", `${this.#url} unit ${unitId} did not answer within ${timeoutMs} ms`);
  }

  #drop(fault: Fault): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#client.destroy(() => {});
    this.#socket.destroy();
    this.#abandon?.(fault);
  }

  /** What the library says, as a Fault. It does not compare the unit of an exception, so that is done here. */
  #judge(error: unknown, unitId: number): Fault {
    const { modbusCode, modbusResponses } = error as LibraryError;
    const answered = modbusResponses?.at(-1)?.[0];
    if (modbusCode === undefined || answered !== unitId) {
      return new Fault("link.confused", `${this.#url} unit ${unitId}: ${textOf(error)}`, { cause: error });
    }
    const { reason, text } = EXCEPTIONS[modbusCode] ?? { reason: "ModbusException", text: "the device refused" };
    const message = `${this.#url} unit ${unitId}: exception ${modbusCode}, ${text}`;
    const details = { reason, exception: modbusCode, busy: modbusCode === 6 };
    // 10 and 11: a gateway speaks for a device that it cannot reach; the connection itself is fine.
    const isGateways = modbusCode === 10 || modbusCode === 11;
    return new Fault(isGateways ? "link.unreachable" : "device.refused", message, { cause: error, details });
  }
}

/** Opens a connection or throws `link.unreachable`. */
export async function connect(
  { host, port, url, timeoutMs }: { host: string; port: number; url: string; timeoutMs: number },
  signal: AbortSignal,
): Promise<Connection> {
  const socket = createConnection({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS });
  const onAbort = () => socket.destroy(new Error("given up"));
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    signal.throwIfAborted();
    await within(timeoutMs, connected(socket), () => new Fault("link.unreachable", noAnswer(url, timeoutMs)));
    const client = new Client();
    Object.assign(client, { isDebugEnabled: true }); // not in its types; keeps an exchange's frames, see #judge
    await client.connectTCP(host, { port, socket });
    return new Connection(socket, client, url);
  } catch (cause) {
    socket.on("error", () => {}); // it may still say why it ends, and nobody needs to know any more
    socket.destroy();
    signal.throwIfAborted();
    if (isFault(cause)) throw cause;
    const details = { reason: OPEN_REASONS[(cause as NodeJS.ErrnoException).code ?? ""] ?? "Unreachable" };
    throw new Fault("link.unreachable", `cannot open ${url}: ${textOf(cause)}`, { cause, details });
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

const OPEN_REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "ConnectionRefused",
  EHOSTUNREACH: "HostUnreachable",
  ENETUNREACH: "HostUnreachable",
  ENOTFOUND: "NameNotFound",
  EAI_AGAIN: "NameNotFound",
};

const noAnswer = (url: string, timeoutMs: number): string =>
  `cannot open ${url}: no answer to the connection request within ${timeoutMs} ms`;

function connected(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve();
    });
    socket.once("error", reject);
  });
}

/** Nothing that comes on this connection can be trusted to belong to the next request. */
const isStray = (fault: Fault): boolean => fault.code === "link.timeout" || fault.code === "link.confused";
