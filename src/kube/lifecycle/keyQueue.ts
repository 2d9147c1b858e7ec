/** Runs one function per key, one after another; a key that is added again before its turn runs once. */
export class KeyQueue {
  readonly #keys = new Set<string>();
  readonly #reconcile: (key: string) => void;
  #scheduled = false;

  /** `reconcile` looks at the present state, so it does not matter how often a key is added. */
  constructor(reconcile: (key: string) => void) {
    this.#reconcile = reconcile;
  }

  add(key: string): void {
    this.#keys.add(key);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    // A turn of the event loop for each batch: requests come first.
    setImmediate(() => {
      this.#scheduled = false;
      this.#runBatch();
      if (this.#keys.size > 0) this.#schedule();
    });
  }

  #runBatch(): void {
    let left = BATCH;
    for (const key of this.#keys) {
      if (left-- === 0) return;
      this.#keys.delete(key);
      this.#reconcile(key);
    }
  }
}

const BATCH = 50;
