import type { StoreEvent } from "./entry.ts";

export interface RingLimits {
  readonly maxEvents: number;
  readonly maxBytes: number;
}

/** The last events, for watchers that come back; bounded by count and by the bytes of the states that it keeps alive. */
export class EventRing {
  readonly #limits: RingLimits;
  #events: StoreEvent[] = [];
  #first = 0;
  #bytes = 0;
  #oldest: number;

  /** `oldest`: history up to and including this revision is not in the ring. */
  constructor(limits: RingLimits, oldest: number) {
    this.#limits = limits;
    this.#oldest = oldest;
  }

  /** A watcher that has seen this revision, or a later one, can continue from the ring. */
  get oldest(): number {
    return this.#oldest;
  }

  push(event: StoreEvent): void {
    this.#events.push(event);
    this.#bytes += weightOf(event);
    while (this.#count > this.#limits.maxEvents || (this.#bytes > this.#limits.maxBytes && this.#count > 1)) {
      this.#dropFirst();
    }
  }

  /** Events behind `revision`, oldest first. */
  *after(revision: number): Generator<StoreEvent, void> {
    let low = this.#first;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#events[middle]?.revision ?? 0) <= revision) low = middle + 1;
      else high = middle;
    }
    for (let index = low; index < this.#events.length; index++) {
      const event = this.#events[index];
      if (event !== undefined) yield event;
    }
  }

  get #count(): number {
    return this.#events.length - this.#first;
  }

  #dropFirst(): void {
    const event = this.#events[this.#first];
    if (event === undefined) return;
    this.#oldest = event.revision;
    this.#bytes -= weightOf(event);
    this.#first++;
    // Moved in bulk, so that a push costs a constant on average.
    if (this.#first > 1024 && this.#first * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#first);
      this.#first = 0;
    }
  }
}

function weightOf({ entry, previous }: StoreEvent): number {
  return entry.text.length + (previous?.text.length ?? 0);
}
