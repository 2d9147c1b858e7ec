export interface WriteLimits {
  readonly perDevicePerSecond: number;
  readonly perSecond: number;
}

interface Waiting {
  /** When the key's own limit lets it be written, by the monotonic clock. */
  readonly dueAt: number;
  readonly urgent: boolean;
}

/**
 * Which key is written next, and when: at once after silence, then each at most `perDevicePerSecond`, all together at
 * most `perSecond` in any second, least recently written first. What is urgent (a new number that an edge waits for)
 * goes before all else and does not wait for its key's own limit. A key is never taken twice at a time.
 */
export class WriteSchedule<Key extends string> {
  readonly #intervalMs: number;
  readonly #perSecond: number;
  readonly #maxTaken: number;
  readonly #waiting = new Map<Key, Waiting>();
  readonly #taken = new Set<Key>();
  readonly #writtenAt = new Map<Key, number>();
  /** When the last `perSecond` writes began, in a ring. */
  readonly #recent: number[] = [];
  #cursor = 0;

  constructor({ limits, maxTaken }: { readonly limits: WriteLimits; readonly maxTaken: number }) {
    this.#intervalMs = 1000 / limits.perDevicePerSecond;
    this.#perSecond = limits.perSecond;
    this.#maxTaken = maxTaken;
  }

  get depth(): number {
    return this.#waiting.size;
  }

  add(key: Key, { urgent, notBefore = 0 }: { readonly urgent: boolean; readonly notBefore?: number }): void {
    const before = this.#waiting.get(key);
    const own = (this.#writtenAt.get(key) ?? Number.NEGATIVE_INFINITY) + this.#intervalMs;
    this.#waiting.set(key, {
      dueAt: Math.max(own, notBefore, before?.dueAt ?? Number.NEGATIVE_INFINITY),
      urgent: urgent || before?.urgent === true,
    });
  }

  /** Takes the key that is to be written now; undefined if there is none. */
  take(now: number): Key | undefined {
    if (this.#taken.size >= this.#maxTaken || this.#freeAt() > now) return undefined;
    const key = this.#next();
    if (key === undefined || this.#dueAt(key) > now) return undefined;
    this.#waiting.delete(key);
    this.#taken.add(key);
    this.#writtenAt.set(key, now);
    this.#recent[this.#cursor] = now;
    this.#cursor = (this.#cursor + 1) % this.#perSecond;
    return key;
  }

  /** The write of a taken key has ended. */
  done(key: Key): void {
    this.#taken.delete(key);
  }

  /** Nothing of the key is to be written any more. */
  forget(key: Key): void {
    this.#waiting.delete(key);
    this.#writtenAt.delete(key);
  }

  /** When `take` is worth another try, by the monotonic clock; Infinity if only `add` or `done` can change anything. */
  nextAt(): number {
    const key = this.#taken.size >= this.#maxTaken ? undefined : this.#next();
    return key === undefined ? Number.POSITIVE_INFINITY : Math.max(this.#dueAt(key), this.#freeAt());
  }

  /** When the limit of all together lets another write begin. */
  #freeAt(): number {
    return (this.#recent[this.#cursor] ?? Number.NEGATIVE_INFINITY) + 1000;
  }

  #dueAt(key: Key): number {
    const waiting = this.#waiting.get(key);
    return waiting === undefined || waiting.urgent ? Number.NEGATIVE_INFINITY : waiting.dueAt;
  }

  #next(): Key | undefined {
    let first: Key | undefined;
    let firstDue = Number.POSITIVE_INFINITY;
    for (const key of this.#waiting.keys()) {
      if (this.#taken.has(key)) continue;
      const due = this.#dueAt(key);
      // All have the same interval, so who is due first was written least recently.
      if (first === undefined || due < firstDue) [first, firstDue] = [key, due];
    }
    return first;
  }
}
