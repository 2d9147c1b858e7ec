import { textOf } from "../../shared/kit/fault.ts";
import type { Logger } from "../../shared/kit/logger.ts";
import { systemClock } from "../../shared/kit/time.ts";
import type { MapperChannel, StartMapper } from "../../shared/wire/mapperChannel.ts";
import { loadDriver } from "../registry.ts";
import { startRuntime } from "../runtime/runtime.ts";

/** Mappers inside the edge process (`mappers.isolation: inline`): the same runtime without a process of its own. */
export const startInline =
  (log: Logger): StartMapper =>
  (protocol) =>
    new InlineChannel(protocol, log.child({ mapper: protocol }));

/** Both ends of a channel in memory. Messages are cloned and arrive later, as over IPC, so nothing is shared. */
class InlineChannel implements MapperChannel {
  readonly #started: Promise<{ close(): Promise<void> } | undefined>;
  #toMapper: ((message: unknown) => void) | undefined;
  #toEdge: ((message: unknown) => void) | undefined;
  #onExit: ((reason: string) => void) | undefined;
  #early: unknown[] = [];
  #isOver = false;

  constructor(protocol: string, log: Logger) {
    this.#started = this.#start(protocol, log).catch((error: unknown) => {
      this.#exit(`did not start: ${textOf(error)}`);
      return undefined;
    });
  }

  send(message: Parameters<MapperChannel["send"]>[0]): void {
    this.#deliver(message, (copy) => {
      if (this.#toMapper === undefined) this.#early.push(copy);
      else this.#toMapper(copy);
    });
  }

  onMessage(handler: (message: unknown) => void): void {
    this.#toEdge = handler;
  }

  onExit(handler: (reason: string) => void): void {
    this.#onExit = handler;
  }

  async close(): Promise<void> {
    this.#isOver = true;
    await (await this.#started)?.close();
  }

  async #start(protocol: string, log: Logger): Promise<{ close(): Promise<void> }> {
    const driver = await loadDriver(protocol);
    const channel = {
      send: (message: unknown) => this.#deliver(message, (copy) => this.#toEdge?.(copy)),
      onMessage: (handler: (message: unknown) => void) => {
        this.#toMapper = handler;
        for (const message of this.#early.splice(0)) handler(message);
      },
    };
    const onCrash = (error: unknown) => this.#exit(textOf(error));
    return startRuntime(channel, { driver, log, clock: systemClock, random: Math.random, onCrash });
  }

  #deliver(message: unknown, take: (copy: unknown) => void): void {
    const copy = structuredClone(message);
    setImmediate(() => {
      if (!this.#isOver) take(copy);
    });
  }

  #exit(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onExit?.(reason);
    void this.#started.then((runtime) => runtime?.close());
  }
}
