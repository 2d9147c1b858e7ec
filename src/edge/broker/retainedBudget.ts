/** Bookkeeping of one entry beside its payload, in bytes, roughly. */
const OVERHEAD_BYTES = 200;

/** How much clients keep in retained messages of their own; those stay for ever, so they are bounded together. */
export class RetainedBudget {
  readonly #maxBytes: number;
  readonly #sizes = new Map<string, number>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Books a retained message, where an empty payload clears its topic; false if there is no room for it. */
  take(topic: string, payloadBytes: number): boolean {
    const size = payloadBytes === 0 ? 0 : OVERHEAD_BYTES + 2 * topic.length + payloadBytes;
    const bytes = this.#bytes - (this.#sizes.get(topic) ?? 0) + size;
    if (size > 0 && bytes > this.#maxBytes) return false;
    this.#bytes = bytes;
    if (size === 0) this.#sizes.delete(topic);
    else this.#sizes.set(topic, size);
    return true;
  }
}
