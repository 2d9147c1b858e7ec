import type { StatusRecord } from "./statusRecord.ts";
import type { WrittenStatus } from "./writtenStatus.ts";

interface Waiter {
  readonly change: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface BegunWrite {
  readonly change: number;
  readonly record: StatusRecord;
}

/** One DeviceStatus: what it should say, what it says, and who waits for the two to agree. */
export class StatusEntry {
  /** Of the Device. */
  readonly uid: string;
  /** As it is in the API; undefined: not there, or to be read anew. */
  written: WrittenStatus | undefined;
  /** Waits of the writes that fail one after the other. */
  retries: Generator<number, never> | undefined;
  #record: StatusRecord;
  #change = 0;
  #writtenChange: number;
  #writtenRecord: StatusRecord | undefined;
  #waiters: Waiter[] = [];

  /** `written` undefined: there is no DeviceStatus yet, so even an empty record is to be written. */
  constructor({ uid, written, record }: { uid: string; written: WrittenStatus | undefined; record: StatusRecord }) {
    this.uid = uid;
    this.written = written;
    this.#record = record;
    this.#writtenChange = written === undefined ? -1 : 0;
    this.#writtenRecord = written === undefined ? undefined : record;
  }

  get record(): StatusRecord {
    return this.#record;
  }

  /** The store and rev that are in the API. */
  get writtenStore(): string {
    return this.#writtenRecord?.store ?? "";
  }

  get writtenRev(): number {
    return this.#writtenRecord?.rev ?? 0;
  }

  /** Whether the API does not have all of it yet. */
  get isPending(): boolean {
    return this.#writtenChange < this.#change;
  }

  /** Takes a new record; says whether it differs. */
  set(record: StatusRecord): boolean {
    if (isEqual(record, this.#record)) return false;
    this.#record = record;
    this.#change++;
    return true;
  }

  /** What is in the API is not what we left there. */
  touch(): void {
    this.#change++;
  }

  begin(): BegunWrite {
    return { change: this.#change, record: this.#record };
  }

  /** A begun write is in the API. */
  done({ change, record }: BegunWrite, written: WrittenStatus): void {
    this.written = written;
    this.retries = undefined;
    this.#writtenChange = change;
    this.#writtenRecord = record;
    const isDone = (waiter: Waiter) => waiter.change <= change;
    for (const waiter of this.#waiters.filter(isDone)) waiter.resolve();
    this.#waiters = this.#waiters.filter((waiter) => !isDone(waiter));
  }

  /** Resolves when all that was taken so far is in the API; rejects with what `fail` is given. */
  async persisted(): Promise<void> {
    if (!this.isPending) return;
    const change = this.#change;
    await new Promise<void>((resolve, reject) => this.#waiters.push({ change, resolve, reject }));
  }

  /** It will never be written. */
  fail(error: unknown): void {
    for (const waiter of this.#waiters) waiter.reject(error);
    this.#waiters = [];
  }
}

/** By value; records are built of plain JSON values in a fixed order. */
export const isEqual = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);
