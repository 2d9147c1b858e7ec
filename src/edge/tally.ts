import type { Counter } from "prom-client";
import type { Fields, Logger } from "../shared/kit/logger.ts";
import type { Clock } from "../shared/kit/time.ts";

/** One log line per reason and this long; what happens between is counted and told with the next line. */
const QUIET_MS = 60_000;

interface TallyParts {
  readonly counter: Counter<"reason">;
  readonly log: Logger;
  readonly clock: Clock;
  /** What has happened, for the log: "message refused". */
  readonly message: string;
}

/** Counts what outsiders did wrong, by reason; the log hears of it without being flooded by it. */
export class Tally {
  readonly #parts: TallyParts;
  readonly #told = new Map<string, { at: number; since: number }>();

  constructor(parts: TallyParts) {
    this.#parts = parts;
  }

  /** `reason` is one of few words, since each becomes a time series; what varies goes into `fields`. */
  count(reason: string, fields: Fields = {}): void {
    const { counter, log, clock, message } = this.#parts;
    counter.inc({ reason });
    const now = clock.monotonic();
    const told = this.#told.get(reason);
    if (told !== undefined && now - told.at < QUIET_MS) {
      told.since += 1;
      return;
    }
    this.#told.set(reason, { at: now, since: 0 });
    log.warn(message, { reason, ...fields, notLogged: told?.since ?? 0 });
  }
}
