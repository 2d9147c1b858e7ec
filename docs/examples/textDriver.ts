import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { z } from "zod";
import type { Driver, Sample, Session } from "../../src/mappers/driver.ts";
import { Fault, textOf } from "../../src/shared/kit/fault.ts";
import { within } from "../../src/shared/kit/time.ts";
import { integerKey, textKey } from "../../src/shared/model/configKey.ts";
import type { Value } from "../../src/shared/model/value.ts";

const TIMEOUT_MS = 1000;

const device = z
  .object({
    host: textKey({ description: "Address or host name of the device.", example: "192.168.0.20" }),
    port: integerKey({ description: "TCP port.", minimum: 1, maximum: 65_535, default: 7000, example: 7000 }),
  })
  .transform(({ host = "", port = 7000 }) => ({ host, port }));
const point = z
  .object({ name: textKey({ description: "What the device calls the value.", example: "speed" }) })
  .transform(({ name = "" }) => ({ name }));
type Device = z.output<typeof device>;
type Point = z.output<typeof point>;

/** One line of text each over TCP: `GET speed` is answered `1480`, `SET speed 1200` is `OK`, what is wrong is `ERR Why`. */
export const textDriver: Driver<Device, Point> = {
  name: "text",
  device,
  point,
  serves: (config) => "host" in config,
  line: ({ host, port }) => `tcp://${host}:${port}`,
  nearest(_point, value: Value): Value {
    if (typeof value === "number") return value;
    if (typeof value === "bigint" && Number.isSafeInteger(Number(value))) return Number(value);
    throw new Fault("data.wrongType", "the device takes numbers only");
  },
  async open({ host, port }, { signal }) {
    signal.throwIfAborted();
    const socket = connect({ host, port });
    try {
      const late = () => new Fault("link.unreachable", `${host}:${port} did not answer within ${TIMEOUT_MS} ms`);
      await within(TIMEOUT_MS, once(socket, "connect", { signal }), late);
    } catch (cause) {
      socket.destroy();
      signal.throwIfAborted();
      throw cause instanceof Fault ? cause : new Fault("link.unreachable", textOf(cause), { cause });
    }
    return new TextSession(socket);
  },
};

class TextSession implements Session<Device, Point> {
  readonly #socket: Socket;
  #waiting: { readonly resolve: (line: string) => void; readonly reject: (fault: Fault) => void } | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("error", () => {}); // `close` follows
    socket.on("close", () => this.#waiting?.reject(new Fault("link.closed", "the device closed the connection")));
    createInterface({ input: socket }).on("line", (line) => {
      if (this.#waiting === undefined) socket.destroy(); // nobody asked: the next answer would not be the right one
      this.#waiting?.resolve(line);
    });
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  async read(_device: Device, points: readonly Point[], signal: AbortSignal): Promise<readonly Sample[]> {
    const samples: Sample[] = [];
    for (const { name } of points) {
      const answer = await this.#ask(`GET ${name}`, signal);
      samples.push(refusal(answer) ?? { value: Number(answer) });
    }
    return samples;
  }

  async write(_device: Device, { name }: Point, value: Value, signal: AbortSignal): Promise<void> {
    const refused = refusal(await this.#ask(`SET ${name} ${String(value)}`, signal));
    if (refused !== undefined) throw refused;
  }

  async close(): Promise<void> {
    this.#socket.destroy();
  }

  async #ask(line: string, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    if (!this.isOpen) throw new Fault("link.closed", "the connection is closed");
    const answer = new Promise<string>((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
    const giveUp = () => this.#socket.destroy();
    signal.addEventListener("abort", giveUp, { once: true });
    try {
      this.#socket.write(`${line}\n`);
      return await within(TIMEOUT_MS, answer, () => new Fault("link.timeout", `no answer within ${TIMEOUT_MS} ms`));
    } catch (error) {
      giveUp(); // a late answer would be taken for the next one's
      throw error;
    } finally {
      this.#waiting = undefined;
      signal.removeEventListener("abort", giveUp);
    }
  }
}

function refusal(answer: string): Fault | undefined {
  const [, reason] = /^ERR (\w+)/.exec(answer) ?? [];
  if (reason === undefined) return undefined;
  return new Fault("device.refused", `the device says ${reason}`, { details: { reason } });
}
