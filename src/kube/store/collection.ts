import { type Entry, keyOf } from "./entry.ts";

export interface Range {
  /** All namespaces where undefined. */
  readonly namespace?: string | undefined;
  /** Only keys behind this one. */
  readonly after?: string | undefined;
}

/** The latest state of every object of one resource, in key order. */
export class Collection {
  readonly #entries = new Map<string, Entry>();
  readonly #keys: string[] = [];
  /** The revision of the last change to any object here. */
  changedAt = 0;

  get size(): number {
    return this.#keys.length;
  }

  get(namespace: string, name: string): Entry | undefined {
    return this.#entries.get(keyOf(namespace, name));
  }

  /** Puts an entry and gives the one it replaces. */
  set(entry: Entry): Entry | undefined {
    const key = keyOf(entry.namespace, entry.name);
    const previous = this.#entries.get(key);
    if (previous === undefined) this.#keys.splice(this.#firstAtOrAfter(key), 0, key);
    this.#entries.set(key, entry);
    this.changedAt = entry.revision;
    return previous;
  }

  delete(entry: Entry): Entry | undefined {
    const key = keyOf(entry.namespace, entry.name);
    const previous = this.#entries.get(key);
    if (previous !== undefined) this.#keys.splice(this.#firstAtOrAfter(key), 1);
    this.#entries.delete(key);
    this.changedAt = entry.revision;
    return previous;
  }

  /** The entries of a range, in key order; an iterator, because most readers stop early. */
  *entries({ namespace, after }: Range): Generator<Entry, void> {
    const prefix = namespace === undefined ? "" : keyOf(namespace, "");
    let index = this.#firstAtOrAfter(prefix);
    if (after !== undefined) index = Math.max(index, this.#firstAtOrAfter(`${after}\0`));
    for (; index < this.#keys.length; index++) {
      const key = this.#keys[index] ?? "";
      if (!key.startsWith(prefix)) return;
      const entry = this.#entries.get(key);
      if (entry !== undefined) yield entry;
    }
  }

  #firstAtOrAfter(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#keys[middle] ?? "") < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
