import { type Clock, slept } from "../../shared/kit/time.ts";

/** Timers count at most 2^31 ms; who waits for longer looks around once an hour. */
const LONGEST_MS = 3_600_000;

/** A sleep that can be cut short: for loops that wait for the next due time or for new work, whichever comes first. */
export class Alarm {
  readonly #clock: Clock;
  #rung = false;
  #cut: AbortController | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Ends the present wait, or the next one if nobody is waiting. */
  ring(): void {
    this.#rung = true;
    this.#cut?.abort();
  }

  /** Resolves after `ms`, when rung, or when `signal` aborts. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#rung && !signal.aborted) {
      const cut = new AbortController();
      const onAbort = () => cut.abort();
      this.#cut = cut;
      signal.addEventListener("abort", onAbort, { once: true });
      await slept(this.#clock, Math.min(Math.max(ms, 0), LONGEST_MS), cut.signal);
      signal.removeEventListener("abort", onAbort);
      this.#cut = undefined;
    }
    this.#rung = false;
  }
}
