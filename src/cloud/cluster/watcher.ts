import { isFault, textOf } from "../../shared/kit/fault.ts";
import type { Service } from "../../shared/kit/lifecycle.ts";
import type { Logger } from "../../shared/kit/logger.ts";
import { backoff, type Clock, slept } from "../../shared/kit/time.ts";
import type { ObjectMeta } from "../../shared/model/resources/metadata.ts";
import type { KubeClient } from "./kubeClient.ts";
import { isGone, retryAfterMsOf } from "./kubeFault.ts";
import { pathOf, type ResourceType } from "./resourcePath.ts";
import { WatchCache } from "./watchCache.ts";
import { watchEvents } from "./watchStream.ts";

export interface Watchable {
  readonly metadata: ObjectMeta;
}

/** Told what the cache has just come to hold; `undefined`: the object is gone. */
type ChangeHandler<T> = (key: string, object: T | undefined) => void;

/** What the metrics want to know. */
interface WatcherCounts {
  listed(resource: string): void;
  watched(resource: string): void;
  failed(resource: string): void;
}

interface WatcherParts {
  readonly client: KubeClient;
  readonly type: ResourceType;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly counts: WatcherCounts;
  /** For how long one watch is asked; one that says nothing for longer than that is dead, and is made anew. */
  readonly watchSeconds?: number;
}

const PAGE = "500";
const FIRST_RETRY_MS = 200;
const MAX_RETRY_MS = 10_000;
/** A watch that lasted as long was a good one: the next failure starts from the shortest wait again. */
const GOOD_AFTER_MS = 5_000;
/** What a server may be late with ending the watch as asked. */
const OVERTIME_MS = 5_000;

/**
 * All objects of one resource, kept current: a paged list, then watches one after the other, each for `watchSeconds`
 * with bookmarks. Whatever ends a watch (RST, clean close, 410, 429, 500, silence), the next one follows after a wait
 * with backoff and jitter, from the last resourceVersion; only 410 lists again. What a handler throws is logged.
 */
export class Watcher<T extends Watchable> implements Service {
  readonly name: string;
  readonly #parts: WatcherParts;
  readonly #cache = new WatchCache<T>();
  readonly #handlers = new Set<ChangeHandler<T>>();
  readonly #stopped = new AbortController();
  #run: Promise<void> = Promise.resolve();
  #synced = false;
  /** What the cache stands at; undefined: to be listed. Kept over a broken watch, so that nothing is told twice. */
  #version: string | undefined;

  constructor(parts: WatcherParts) {
    this.#parts = parts;
    this.name = `watch of ${parts.type.plural}`;
  }

  get(key: string): T | undefined {
    return this.#cache.get(key);
  }

  list(): IterableIterator<T> {
    return this.#cache.values();
  }

  /** Whether the first list is in, so that what is not here does not exist. */
  get isSynced(): boolean {
    return this.#synced;
  }

  /** Listens until `signal` aborts; also hears of what the first list brings. */
  onChange(handler: ChangeHandler<T>, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#handlers.add(handler);
    signal.addEventListener("abort", () => this.#handlers.delete(handler), { once: true });
  }

  /** Resolves when the first list is in; a `config` Fault (credentials refused) ends it, all else is tried again. */
  async start(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
      this.#run = this.#supervise(resolve, reject);
    });
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#run;
  }

  async #supervise(onSynced: () => void, onRefused: (error: unknown) => void): Promise<void> {
    const { clock, random } = this.#parts;
    const { signal } = this.#stopped;
    const delays = () => backoff({ firstMs: FIRST_RETRY_MS, maxMs: MAX_RETRY_MS, random });
    let waits = delays();
    while (!signal.aborted) {
      const began = clock.monotonic();
      let retryAfterMs = 0;
      let failed = false;
      try {
        await this.#listAndWatch(onSynced, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (!this.#synced && isFault(error, "config")) return onRefused(error);
        failed = true;
        retryAfterMs = retryAfterMsOf(error);
        this.#lost(error);
      }
      if (clock.monotonic() - began >= GOOD_AFTER_MS) {
        waits = delays();
        if (!failed) continue; // it ended as asked: nothing to wait for
      }
      await slept(clock, Math.max(retryAfterMs, waits.next().value), signal);
    }
  }

  async #listAndWatch(onSynced: () => void, signal: AbortSignal): Promise<void> {
    if (this.#version === undefined) {
      this.#version = await this.#list(signal);
      this.#synced = true;
      onSynced();
    }
    await this.#watch(this.#version, signal);
  }

  #lost(error: unknown): void {
    const { log, counts, type } = this.#parts;
    if (isGone(error)) this.#version = undefined;
    counts.failed(type.plural);
    const relist = this.#version === undefined;
    log.warn("watch interrupted", { resource: type.plural, reason: textOf(error), relist });
  }

  async #list(signal: AbortSignal): Promise<string> {
    const { client, type, counts } = this.#parts;
    counts.listed(type.plural);
    const found: T[] = [];
    let token: string | undefined;
    for (;;) {
      const page = await client.request<{ items: T[]; metadata: { resourceVersion: string; continue?: string } }>(
        { method: "GET", path: pathOf(type), query: { limit: PAGE, ...(token ? { continue: token } : {}) } },
        signal,
      );
      found.push(...page.items);
      token = page.metadata.continue;
      if (!token) {
        for (const [key, object] of this.#cache.replace(found)) this.#tell(key, object);
        return page.metadata.resourceVersion;
      }
    }
  }

  /** One watch, to its end. */
  async #watch(from: string, stopped: AbortSignal): Promise<void> {
    const { client, type, clock, counts, random, watchSeconds = 60 } = this.#parts;
    const seconds = Math.ceil(watchSeconds * (0.75 + random() / 4));
    const query = {
      watch: "true",
      allowWatchBookmarks: "true",
      resourceVersion: from,
      timeoutSeconds: String(seconds),
    };
    const ended = new AbortController();
    const end = () => ended.abort(stopped.reason);
    stopped.addEventListener("abort", end, { once: true });
    // A half-open connection says nothing, for ever. A live one ends by itself after the seconds we asked for.
    const watchdog = slept(clock, seconds * 1000 + OVERTIME_MS, ended.signal).then((isLate) => {
      if (isLate) ended.abort(new Error(`silent for longer than the ${seconds} s asked for`));
    });
    counts.watched(type.plural);
    try {
      const body = await client.open({ method: "GET", path: pathOf(type), query }, ended.signal);
      const onEnd = () => body.destroy(ended.signal.reason as Error);
      ended.signal.addEventListener("abort", onEnd, { once: true });
      for await (const event of watchEvents<T>(body, `watch of ${type.plural}`)) {
        this.#version = event.object.metadata.resourceVersion ?? this.#version;
        if (event.type === "BOOKMARK") continue;
        const key = this.#cache.apply(event);
        this.#tell(key, this.#cache.get(key));
      }
    } finally {
      stopped.removeEventListener("abort", end);
      ended.abort();
      await watchdog;
    }
  }

  #tell(key: string, object: T | undefined): void {
    for (const handler of this.#handlers) {
      try {
        handler(key, object);
      } catch (error) {
        this.#parts.log.error("a handler of a watch failed", { resource: this.#parts.type.plural, key, error });
      }
    }
  }
}
