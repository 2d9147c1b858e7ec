import type { Clock } from "../../shared/kit/time.ts";

/** Wake-ups are joined within this. */
const GRAIN_MS = 50;
const LONGEST_SLEEP_MS = 3_600_000;

/** Calls back, some time after it is due and not before, once per id; one sleep serves them all. */
export class DueQueue<Id> {
  readonly #clock: Clock;
  readonly #onDue: (id: Id) => void;
  readonly #signal: AbortSignal;
  readonly #due = new Map<Id, number>();
  #wakeAt = Number.POSITIVE_INFINITY;
  #resting = new AbortController();

  constructor({ clock, onDue, signal }: { clock: Clock; onDue: (id: Id) => void; signal: AbortSignal }) {
    this.#clock = clock;
    this.#onDue = onDue;
    this.#signal = signal;
    signal.addEventListener("abort", () => this.#resting.abort(), { once: true });
  }

  /** `at` is on the monotonic clock; replaces what was set for the id. */
  set(id: Id, at: number): void {
    this.#due.set(id, at);
    if (at + GRAIN_MS < this.#wakeAt) this.#rest();
  }

  delete(id: Id): void {
    this.#due.delete(id);
  }

  #rest(): void {
    this.#resting.abort();
    if (this.#signal.aborted || this.#due.size === 0) {
      this.#wakeAt = Number.POSITIVE_INFINITY;
      return;
    }
    const now = this.#clock.monotonic();
    let first = now + LONGEST_SLEEP_MS;
    for (const at of this.#due.values()) first = Math.min(first, at);
    const resting = new AbortController();
    this.#resting = resting;
    this.#wakeAt = Math.max(first, now + GRAIN_MS);
    this.#clock.sleep(this.#wakeAt - now, resting.signal).then(
      () => this.#wake(),
      () => {}, // Another rest has begun, or the end has come.
    );
  }

  #wake(): void {
    const now = this.#clock.monotonic();
    this.#wakeAt = Number.POSITIVE_INFINITY;
    for (const [id, at] of this.#due) {
      if (at > now) continue;
      this.#due.delete(id);
      this.#onDue(id);
    }
    this.#rest();
  }
}
