import { join } from "node:path";
import { Fault, textOf } from "../../shared/kit/fault.ts";
import { isObject, type JsonObject, stringifyJson } from "../json.ts";
import { Collection, type Range } from "./collection.ts";
import { openDatabase } from "./database.ts";
import type { Entry, Place, StoreEvent } from "./entry.ts";
import { EventRing, type RingLimits } from "./eventRing.ts";
import { entryOf, loadHistory, type Superseded } from "./history.ts";
import { RevisionLog } from "./revisionLog.ts";

export interface StoreParts {
  readonly dataDir: string;
  readonly ring: RingLimits;
  readonly now: () => number;
  /** A commit failed: what readers have seen may be lost, so the process must end. */
  readonly onFatal: (fault: Fault) => void;
}

export interface Page {
  readonly entries: readonly Entry[];
  /** True when more keys follow the last entry. */
  readonly more: boolean;
}

/** Rows that a commit removes at most (or twice what it adds), so that compaction never makes a pause. */
const COMPACTED_PER_COMMIT = 50;
const COMPACTED = "compacted";

/**
 * Every object, every revision that is still of use, and the events between them.
 *
 * Reads and writes are synchronous: between reading an object and writing it back nobody else runs, so optimistic
 * concurrency needs no lock. A write is durable, and told to subscribers, once `settled()` resolves (group commit).
 */
export class ObjectStore {
  readonly #parts: StoreParts;
  readonly #log: RevisionLog;
  readonly #ring: EventRing;
  readonly #collections = new Map<string, Collection>();
  readonly #subscribers = new Set<(event: StoreEvent) => void>();
  /** Rows that nobody needs once history up to `until` is forgotten, in the order of `until`. */
  #superseded: Superseded[];
  #revision: number;
  #committed: number;
  #pending: StoreEvent[] = [];
  #flush: Promise<void> | undefined;
  #failure: Fault | undefined;

  /** Opens or creates the store in a data directory; throws `config.dataDir`, `config.corruptStore`, `config.newerStore`. */
  constructor(parts: StoreParts) {
    this.#parts = parts;
    const path = join(parts.dataDir, "kube.db");
    this.#log = new RevisionLog(openDatabase(path));
    try {
      const compacted = this.#log.readMeta(COMPACTED) ?? this.#beginHistory();
      this.#ring = new EventRing(parts.ring, compacted);
      const history = loadHistory({ log: this.#log, path, compacted, collectionOf: (name) => this.#collection(name) });
      this.#superseded = history.superseded;
      this.#revision = history.revision;
      this.#committed = history.revision;
      for (const event of history.events) this.#ring.push(event);
    } catch (error) {
      this.#log.close();
      throw error;
    }
  }

  /** The revision of the newest write, committed or not. */
  get revision(): number {
    return this.#revision;
  }

  /** Watches and pages at this revision or later can be served; older ones are gone. */
  get oldestRevision(): number {
    return this.#ring.oldest;
  }

  get({ collection, namespace, name }: Place): Entry | undefined {
    return this.#collections.get(collection)?.get(namespace, name);
  }

  count(collection: string): number {
    return this.#collections.get(collection)?.size ?? 0;
  }

  /** The latest states, in key order. */
  entries(collection: string, range: Range = {}): Generator<Entry, void> {
    return this.#collection(collection).entries(range);
  }

  /** Names of the collections that hold or held something. */
  collections(): readonly string[] {
    return [...this.#collections.keys()];
  }

  /** Up to `limit` states as they were at `revision`, which must not be older than `oldestRevision`. */
  pageAt(collection: string, revision: number, { namespace, after, limit }: Range & { readonly limit: number }): Page {
    if (this.#collection(collection).changedAt <= revision) {
      const entries: Entry[] = [];
      for (const entry of this.entries(collection, { namespace, after })) {
        if (entries.length === limit) return { entries, more: true };
        entries.push(entry);
      }
      return { entries, more: false };
    }
    const slash = after?.indexOf("/") ?? -1;
    const rows = this.#log.page({
      collection,
      revision,
      namespace,
      afterNamespace: after?.slice(0, slash) ?? "",
      afterName: after?.slice(slash + 1) ?? "",
      limit: limit + 1,
    });
    return { entries: rows.slice(0, limit).map(entryOf), more: rows.length > limit };
  }

  /** Writes a state; sets `metadata.resourceVersion` in the object, which belongs to the store from then on. */
  put(place: Place, object: JsonObject): Entry {
    const entry = this.#entryFor(place, object);
    this.#append(entry, { deleted: false });
    const previous = this.#collection(place.collection).set(entry);
    this.#record({ kind: previous ? "modified" : "added", revision: entry.revision, entry, previous });
    return entry;
  }

  /** Removes an object; `last` is the state that watchers see go, the stored one where it is left out. */
  delete(place: Place, last?: JsonObject): Entry {
    const object = last ?? this.get(place)?.object ?? {};
    const entry = this.#entryFor(place, { ...object });
    this.#append(entry, { deleted: true });
    const previous = this.#collection(place.collection).delete(entry);
    this.#superseded.push({ revision: entry.revision, until: entry.revision });
    this.#record({ kind: "deleted", revision: entry.revision, entry, previous });
    return entry;
  }

  /** Resolves once everything written so far is on disk and told; rejects when that failed. */
  async settled(): Promise<void> {
    if (this.#failure) throw this.#failure;
    await this.#flush;
  }

  /** True while writes wait for their commit. */
  isPending(revision: number = this.#revision): boolean {
    return revision > this.#committed;
  }

  /** Committed events behind `revision`, oldest first; `revision` must not be older than `oldestRevision`. */
  eventsAfter(revision: number): Generator<StoreEvent, void> {
    return this.#ring.after(revision);
  }

  /** Tells every event after its commit, in order, until the signal aborts. */
  subscribe(handler: (event: StoreEvent) => void, signal: AbortSignal): void {
    this.#subscribers.add(handler);
    signal.addEventListener("abort", () => this.#subscribers.delete(handler), { once: true });
  }

  /** Commits what waits and gives up the lock. */
  close(): void {
    if (this.#pending.length > 0 && !this.#failure) this.#commit();
    this.#log.close();
  }

  #beginHistory(): number {
    // A clock reading instead of 1: resourceVersions that clients kept from an earlier store at this address are then
    // too old (410, they list anew) rather than too large (504 until we have caught up).
    const start = Math.floor(this.#parts.now());
    this.#log.writeMeta(COMPACTED, start);
    return start;
  }

  #collection(name: string): Collection {
    let collection = this.#collections.get(name);
    if (!collection) {
      collection = new Collection();
      this.#collections.set(name, collection);
    }
    return collection;
  }

  #entryFor({ collection, namespace, name }: Place, object: JsonObject): Entry {
    if (this.#failure) throw this.#failure;
    const revision = this.#revision + 1;
    const metadata = isObject(object["metadata"]) ? object["metadata"] : {};
    object["metadata"] = { ...metadata, resourceVersion: String(revision) };
    return { revision, collection, namespace, name, object, text: stringifyJson(object) };
  }

  #append(entry: Entry, { deleted }: { readonly deleted: boolean }): void {
    try {
      if (this.#flush === undefined) this.#log.begin();
      this.#log.append(entry, { deleted });
    } catch (error) {
      throw this.#fail(error);
    }
    this.#revision = entry.revision;
    this.#flush ??= new Promise((resolve, reject) => {
      setImmediate(() => {
        // Nothing is pending any more where `close` came first.
        if (!this.#failure && this.#pending.length > 0) this.#commit();
        if (this.#failure) reject(this.#failure);
        else resolve();
      });
    });
    // Whoever answers a write awaits `settled`; a write of our own controllers has nobody to tell but `onFatal`.
    this.#flush.catch(() => {});
  }

  #record(event: StoreEvent): void {
    if (event.previous) this.#superseded.push({ revision: event.previous.revision, until: event.revision });
    this.#pending.push(event);
  }

  #commit(): void {
    try {
      this.#compact();
      this.#log.commit();
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#committed = this.#revision;
    this.#flush = undefined;
    const events = this.#pending;
    this.#pending = [];
    for (const event of events) this.#ring.push(event);
    for (const event of events) for (const handler of this.#subscribers) handler(event);
  }

  #compact(): void {
    const horizon = this.#ring.oldest;
    const limit = Math.max(COMPACTED_PER_COMMIT, 2 * this.#pending.length);
    let count = 0;
    while (count < limit && (this.#superseded[count]?.until ?? Infinity) <= horizon) {
      this.#log.remove(this.#superseded[count]?.revision ?? 0);
      count++;
    }
    if (count === 0) return;
    this.#log.writeMeta(COMPACTED, horizon);
    this.#superseded = this.#superseded.slice(count);
  }

  #fail(cause: unknown): Fault {
    this.#failure ??= new Fault(
      "state.storeFull",
      `cannot write to ${this.#parts.dataDir}/kube.db: ${textOf(cause)}; free space or repair the disk, then start again`,
      { cause },
    );
    this.#parts.onFatal(this.#failure);
    return this.#failure;
  }
}
