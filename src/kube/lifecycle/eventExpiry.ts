import { textAt } from "../json.ts";
import type { Place, StoreEvent } from "../store/entry.ts";
import type { ObjectStore } from "../store/objectStore.ts";
import { keyOfPlace, placeOfKey } from "./ownership.ts";

const EVENTS = "events";

interface EventExpiryParts {
  readonly store: ObjectStore;
  readonly ttlMs: number;
  readonly now: () => number;
}

/** Removes Event objects a while after they were last written. */
export class EventExpiry {
  readonly #parts: EventExpiryParts;
  /** In the order of writing, so that the oldest come first. */
  readonly #writtenAt = new Map<string, number>();

  constructor(parts: EventExpiryParts) {
    this.#parts = parts;
  }

  start(signal: AbortSignal): void {
    const { store, ttlMs, now } = this.#parts;
    store.subscribe((event) => this.#onEvent(event), signal);
    const known = [...store.entries(EVENTS)].map((entry) => ({
      place: entry,
      at: Date.parse(textAt(entry.object["metadata"], "creationTimestamp") ?? "") || now(),
    }));
    for (const { place, at } of known.sort((a, b) => a.at - b.at)) this.#writtenAt.set(keyOfPlace(place), at);
    const timer = setInterval(() => this.sweep(), Math.min(ttlMs, 30_000));
    timer.unref();
    signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  }

  /** Removes what is due now. */
  sweep(): void {
    const { store, ttlMs, now } = this.#parts;
    for (const [key, at] of this.#writtenAt) {
      if (now() - at < ttlMs) return;
      this.#writtenAt.delete(key);
      const place: Place = placeOfKey(key);
      if (store.get(place)) store.delete(place);
    }
  }

  #onEvent({ kind, entry }: StoreEvent): void {
    if (entry.collection !== EVENTS) return;
    const key = keyOfPlace(entry);
    this.#writtenAt.delete(key);
    if (kind !== "deleted") this.#writtenAt.set(key, this.#parts.now());
  }
}
