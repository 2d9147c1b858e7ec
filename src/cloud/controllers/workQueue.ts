import { isFault } from "../../shared/kit/fault.ts";
import type { Service } from "../../shared/kit/lifecycle.ts";
import { backoff, type Clock } from "../../shared/kit/time.ts";
import { Alarm } from "./alarm.ts";

/** What a reconcile wants next: to be called again after a while even if nothing changes. */
export interface Outcome {
  readonly requeueAfterMs?: number | undefined;
}

interface WorkQueueParts<Key extends string> {
  readonly name: string;
  /** Brings the world to what the key's present state says; called again if it throws, after a wait. */
  readonly reconcile: (key: Key, signal: AbortSignal) => Promise<Outcome>;
  readonly onFailed: (failure: { readonly key: Key; readonly error: unknown; readonly retryMs: number }) => void;
  readonly concurrency: number;
  readonly clock: Clock;
  readonly random: () => number;
}

const FIRST_RETRY_MS = 200;
const MAX_RETRY_MS = 60_000;
/** Who is away is asked again at least so often: the work that its return lets through waits no longer. */
const MAX_OUTAGE_RETRY_MS = 5000;

/**
 * Keys to be reconciled. A key waits once however often it is added, and never runs twice at a time; added while it
 * runs, it runs again. Failures wait with a backoff of the key's own, which new work for the key cuts short.
 */
export class WorkQueue<Key extends string> implements Service {
  readonly name: string;
  readonly #parts: WorkQueueParts<Key>;
  readonly #alarm: Alarm;
  readonly #ready = new Set<Key>();
  /** Key → when it is due, by the monotonic clock. */
  readonly #later = new Map<Key, number>();
  readonly #running = new Map<Key, Promise<void>>();
  readonly #retries = new Map<Key, Generator<number, never>>();
  readonly #stopped = new AbortController();
  #loop: Promise<void> = Promise.resolve();

  constructor(parts: WorkQueueParts<Key>) {
    this.#parts = parts;
    this.name = parts.name;
    this.#alarm = new Alarm(parts.clock);
  }

  /** How many keys wait to run now. */
  get depth(): number {
    return this.#ready.size;
  }

  add(key: Key): void {
    this.#later.delete(key);
    this.#ready.add(key);
    this.#alarm.ring();
  }

  async start(): Promise<void> {
    this.#loop = this.#run(this.#stopped.signal);
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#loop;
    await Promise.all(this.#running.values());
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const now = this.#parts.clock.monotonic();
      let next = Number.POSITIVE_INFINITY;
      for (const [key, dueAt] of this.#later) {
        if (dueAt <= now) this.#promote(key);
        else next = Math.min(next, dueAt);
      }
      for (const key of this.#ready) {
        if (this.#running.size >= this.#parts.concurrency) break;
        if (!this.#running.has(key)) this.#begin(key, signal);
      }
      await this.#alarm.wait(next - now, signal);
    }
  }

  #promote(key: Key): void {
    this.#later.delete(key);
    this.#ready.add(key);
  }

  #begin(key: Key, signal: AbortSignal): void {
    this.#ready.delete(key);
    this.#running.set(key, this.#reconcile(key, signal));
  }

  async #reconcile(key: Key, signal: AbortSignal): Promise<void> {
    const { reconcile, onFailed, random } = this.#parts;
    try {
      const { requeueAfterMs } = await reconcile(key, signal);
      this.#retries.delete(key);
      if (requeueAfterMs !== undefined) this.#addLater(key, requeueAfterMs);
    } catch (error) {
      if (!signal.aborted) {
        const waits = this.#retries.get(key) ?? backoff({ firstMs: FIRST_RETRY_MS, maxMs: MAX_RETRY_MS, random });
        this.#retries.set(key, waits);
        const retryMs = Math.min(waits.next().value, isFault(error, "link") ? MAX_OUTAGE_RETRY_MS : MAX_RETRY_MS);
        onFailed({ key, error, retryMs });
        this.#addLater(key, retryMs);
      }
    } finally {
      this.#running.delete(key);
      this.#alarm.ring();
    }
  }

  #addLater(key: Key, ms: number): void {
    if (!this.#ready.has(key)) this.#later.set(key, this.#parts.clock.monotonic() + ms);
  }
}
