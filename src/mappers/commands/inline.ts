import { textOf } from "../../shared/kit/fault.ts";
import type { Logger } from "../../shared/kit/logger.ts";
import { systemClock } from "../../shared/kit/time.ts";
import type { MapperChannel, StartMapper } from "../../shared/wire/mapperChannel.ts";
import type { FromMapper, ToMapper } from "../../shared/wire/mapperMessages.ts";
import { loadDriver } from "../registry.ts";
import { startRuntime } from "../runtime/runtime.ts";

/**
 * Mappers inside the edge's own process (`mappers.isolation: inline`): the same runtime over a channel in memory.
 * Messages are cloned and arrive in a later turn, as from another process, so nothing is shared by accident.
 */
export function startInline(log: Logger): StartMapper {
  return (protocol) => new InlineChannel(protocol, log.child({ mapper: protocol }));
}

class InlineChannel implements MapperChannel {
  readonly #running: Promise<{ close(): Promise<void> } | undefined>;
  readonly #early: unknown[] = [];
  #toRuntime: (message: unknown) => void = (message) => void this.#early.push(message);
  #toEdge: (message: unknown) => void = () => {};
  #onExit: (reason: string) => void = () => {};
  #closed = false;

  constructor(protocol: string, log: Logger) {
    this.#running = this.#start(protocol, log);
  }

  send(message: ToMapper): void {
    this.#later(() => this.#toRuntime(structuredClone(message)));
  }

  onMessage(handler: (message: unknown) => void): void {
    this.#toEdge = handler;
  }

  onExit(handler: (reason: string) => void): void {
    this.#onExit = handler;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await (await this.#running)?.close();
  }

  async #start(protocol: string, log: Logger): Promise<{ close(): Promise<void> } | undefined> {
    try {
      const driver = await loadDriver(protocol);
      return startRuntime(
        {
          send: (message: FromMapper) => this.#later(() => this.#toEdge(structuredClone(message))),
          onMessage: (handler) => {
            this.#toRuntime = handler;
            for (const message of this.#early) handler(message);
          },
        },
        { driver, log, clock: systemClock, random: Math.random, onCrash: (error) => this.#crashed(error) },
      );
    } catch (error) {
      this.#crashed(error);
      return undefined;
    }
  }

  #crashed(error: unknown): void {
    this.#later(() => this.#onExit(textOf(error)));
    this.#closed = true;
  }

  #later(deliver: () => void): void {
    if (!this.#closed) setImmediate(deliver);
  }
}
