import type { Logger } from "../../shared/kit/logger.ts";
import { aborted, backoff, type Clock, slept } from "../../shared/kit/time.ts";
import type { MapperChannel, StartMapper } from "../../shared/wire/mapperChannel.ts";
import type { ToMapper } from "../../shared/wire/mapperMessages.ts";

interface SupervisedMapperParts {
  readonly protocol: string;
  readonly startMapper: StartMapper;
  /** Waited for before the first start. */
  readonly after: Promise<void> | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  onMessage(message: unknown): void;
  /** Told once per outage, however often starting again fails. */
  onDown(reason: string): void;
}

const RESTART = { firstMs: 500, maxMs: 30_000 } as const;
/** Who ran this long has not failed because of how it was started. */
const STABLE_MS = 60_000;
const READY_WITHIN_MS = 30_000;

/** One protocol's mapper, kept running: started again with growing delays, whatever it dies of. */
export class SupervisedMapper {
  readonly protocol: string;
  readonly #parts: SupervisedMapperParts;
  readonly #stopped = new AbortController();
  #channel: MapperChannel | undefined;
  #isReady = false;
  #downReason: string | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(parts: SupervisedMapperParts) {
    this.protocol = parts.protocol;
    this.#parts = parts;
  }

  /** Why it does not run; undefined while it runs or is started for the first time. */
  get downReason(): string | undefined {
    return this.#downReason;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Resolves once the mapper is gone. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  /** The mapper has said so: from now on `send` reaches it. */
  ready(): void {
    const { log, protocol } = this.#parts;
    this.#isReady = true;
    if (this.#downReason !== undefined) log.info("mapper runs again", { protocol });
    this.#downReason = undefined;
  }

  /** Nothing is kept for a mapper that is not ready: it gets everything when it is. */
  send(message: ToMapper): void {
    if (this.#isReady) this.#channel?.send(message);
  }

  async #run(): Promise<void> {
    const { after, clock, random } = this.#parts;
    const { signal } = this.#stopped;
    let delays = backoff({ ...RESTART, random });
    await after;
    while (!signal.aborted) {
      const began = clock.monotonic();
      const reason = await this.#live();
      if (signal.aborted) return;
      this.#down(reason);
      if (clock.monotonic() - began > STABLE_MS) delays = backoff({ ...RESTART, random });
      await slept(clock, delays.next().value, signal);
    }
  }

  /** One life of the mapper; gives what it died of. */
  async #live(): Promise<string> {
    const { startMapper, protocol, onMessage, log } = this.#parts;
    const { signal } = this.#stopped;
    const life = new AbortController();
    const channel = startMapper(protocol);
    this.#channel = channel;
    channel.onMessage((message) => {
      if (!life.signal.aborted) onMessage(message);
    });
    const ended = new Promise<string>((resolve) => {
      channel.onExit(resolve);
      signal.addEventListener("abort", () => resolve("stopped"), { signal: life.signal });
    });
    const reason = await Promise.race([ended, this.#neverReady(life.signal)]);
    life.abort();
    this.#isReady = false;
    this.#channel = undefined;
    try {
      await channel.close();
    } catch (error) {
      log.error("mapper could not be ended", { protocol, error });
    }
    return reason;
  }

  async #neverReady(signal: AbortSignal): Promise<string> {
    const isLate = (await slept(this.#parts.clock, READY_WITHIN_MS, signal)) && !this.#isReady;
    if (!isLate) await aborted(signal);
    return isLate ? `not ready within ${READY_WITHIN_MS} ms` : "ended";
  }

  #down(reason: string): void {
    const { log, protocol, onDown } = this.#parts;
    const isNews = this.#downReason === undefined;
    this.#downReason = reason;
    if (!isNews) return;
    log.error("mapper is down", { protocol, reason });
    onDown(reason);
  }
}
