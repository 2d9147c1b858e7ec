import type { Clock } from "../../src/shared/kit/time.ts";

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

/**
 * Time that stands still until a test turns it. `advance` wakes sleepers in the order in which they are due and lets
 * all that follows from each happen before the next; `jump` moves the wall clock alone, as NTP or a person does.
 */
export class TestClock implements Clock {
  #wall: number;
  #elapsed = 0;
  #sleepers: Sleeper[] = [];

  constructor(startAt = Date.UTC(2026, 0, 1)) {
    this.#wall = startAt;
  }

  readonly now = (): number => this.#wall;
  readonly monotonic = (): number => this.#elapsed;

  readonly sleep = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error);
      const onAbort = () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(signal.reason as Error);
      };
      const sleeper: Sleeper = {
        due: this.#elapsed + Math.max(0, ms),
        wake: () => {
          signal.removeEventListener("abort", onAbort);
          resolve();
        },
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#sleepers.push(sleeper);
    });

  /** Lets `ms` pass, with everything that is due meanwhile. */
  async advance(ms: number): Promise<void> {
    const until = this.#elapsed + ms;
    await settled();
    for (;;) {
      const next = this.#nextDue();
      if (next === undefined || next.due > until) break;
      this.#pass(Math.max(0, next.due - this.#elapsed));
      this.#sleepers = this.#sleepers.filter((other) => other !== next);
      next.wake();
      await settled();
    }
    this.#pass(until - this.#elapsed);
  }

  /** Moves the wall clock alone. */
  jump(ms: number): void {
    this.#wall += ms;
  }

  #nextDue(): Sleeper | undefined {
    return this.#sleepers.reduce<Sleeper | undefined>(
      (first, other) => (first === undefined || other.due < first.due ? other : first),
      undefined,
    );
  }

  #pass(ms: number): void {
    this.#elapsed += ms;
    this.#wall += ms;
  }
}

/** Resolves once every promise that can settle without time or I/O has done so. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
