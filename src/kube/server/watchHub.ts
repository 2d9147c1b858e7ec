import type { ServerResponse } from "node:http";
import type { JsonObject } from "../json.ts";
import { stringifyJson } from "../json.ts";
import { expired, tooLargeResourceVersion } from "../status.ts";
import type { ObjectStore } from "../store/objectStore.ts";
import { type Answer, writeHead } from "./answer.ts";
import { listObject } from "./listVerb.ts";
import type { ListOptions } from "./options.ts";
import { SharedEncodings, type WatchRequest, type WatchSink, WatchStream } from "./watchStream.ts";

export interface WatchHubParts {
  readonly store: ObjectStore;
  readonly now: () => number;
  readonly random: () => number;
  /** A reader that has more bytes than this waiting is cut off; it lists anew when it comes back. */
  readonly maxBacklogBytes: number;
  readonly bookmarkEveryMs: number;
}

/** Without a wish a watch lasts 30 to 60 minutes, as long as kube-apiserver lets it. */
const SHORTEST_MS = 30 * 60_000;

/** All open watches: one subscription to the store, told on to whom it concerns. */
export class WatchHub {
  readonly #parts: WatchHubParts;
  readonly #streams = new Map<string, Set<WatchStream>>();
  readonly #encodings = new SharedEncodings();
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: WatchHubParts) {
    this.#parts = parts;
  }

  start(): void {
    const { store, bookmarkEveryMs } = this.#parts;
    store.subscribe((event) => {
      const streams = this.#streams.get(event.entry.collection);
      for (const stream of streams ?? []) if (!stream.event(event)) this.#drop(stream);
    }, this.#stop.signal);
    this.#timer = setInterval(() => this.#bookmarks(), bookmarkEveryMs);
    this.#timer.unref();
  }

  /** Ends every watch cleanly; clients come back when a server is there again. */
  stop(): void {
    clearInterval(this.#timer);
    this.#stop.abort();
    this.endAll();
  }

  /** Ends the watches of one collection, or all: their clients begin anew. */
  endAll(collection?: string): void {
    for (const [name, streams] of this.#streams) {
      if (collection !== undefined && name !== collection) continue;
      this.#streams.delete(name);
      for (const stream of streams) stream.end();
    }
  }

  /** How many watches are open. */
  get size(): number {
    let size = 0;
    for (const streams of this.#streams.values()) size += streams.size;
    return size;
  }

  /** Serves one watch on a response; returns once it is registered. Throws ApiError before anything is written. */
  async open(request: WatchRequest, options: ListOptions, answer: Answer): Promise<void> {
    const { store } = this.#parts;
    // Events are told after their commit; what is committed now must not be told twice.
    while (store.isPending()) await store.settled();
    const { resourceVersion } = options;
    if (resourceVersion !== undefined && resourceVersion > store.revision) {
      throw tooLargeResourceVersion(resourceVersion, store.revision);
    }
    const { response } = answer;
    writeHead(response, { status: 200, contentType: "application/json" }, answer.warnings);
    response.flushHeaders();
    const sink = new ResponseSink(response, this.#parts.maxBacklogBytes);
    const stream = new WatchStream(request, {
      sink,
      encodings: this.#encodings,
      now: this.#parts.now,
    });
    if (!this.#begin(stream, request, options)) return;
    sink.limit();
    const streams = this.#streams.get(stream.collection) ?? new Set();
    this.#streams.set(stream.collection, streams.add(stream));
    const timer = setTimeout(() => this.#finish(stream), options.timeoutMs ?? SHORTEST_MS * (1 + this.#parts.random()));
    timer.unref();
    response.on("close", () => {
      clearTimeout(timer);
      this.#drop(stream);
    });
  }

  /** What has to be told before the first new event; false when the watch is already over. */
  #begin(stream: WatchStream, request: WatchRequest, options: ListOptions): boolean {
    const { store } = this.#parts;
    const { resourceVersion, sendInitialEvents } = options;
    const fresh = resourceVersion === undefined || resourceVersion === 0;
    if (fresh || sendInitialEvents) {
      for (const entry of store.entries(stream.collection, { namespace: request.namespace })) {
        if (!stream.initial(entry)) return false;
      }
      return !sendInitialEvents || stream.bookmark(store.revision, initialEventsEnd(request));
    }
    if (resourceVersion < store.oldestRevision) {
      const message = `too old resource version: ${resourceVersion} (${store.oldestRevision})`;
      stream.error(expired(message).status);
      return false;
    }
    for (const event of store.eventsAfter(resourceVersion)) {
      if (event.entry.collection === stream.collection && !stream.event(event)) return false;
    }
    return true;
  }

  #bookmarks(): void {
    const { revision } = this.#parts.store;
    if (this.#parts.store.isPending()) return;
    for (const streams of this.#streams.values()) {
      for (const stream of streams) {
        if (stream.wantsBookmarks && !stream.bookmark(revision)) this.#drop(stream);
      }
    }
  }

  #finish(stream: WatchStream): void {
    if (stream.wantsBookmarks && !this.#parts.store.isPending()) stream.bookmark(this.#parts.store.revision);
    this.#drop(stream);
    stream.end();
  }

  #drop(stream: WatchStream): void {
    this.#streams.get(stream.collection)?.delete(stream);
  }
}

/** Tells a streaming list that it is complete (KEP-3157); the blueprint is what an empty list would look like. */
function initialEventsEnd({ version }: WatchRequest): JsonObject {
  const { items: _items, ...empty } = listObject(version, { views: [], revision: 0 });
  const blueprint = stringifyJson({ apiVersion: empty["apiVersion"], items: [], kind: empty["kind"] });
  return {
    "k8s.io/initial-events-end": "true",
    "kubernetes.io/initial-events-list-blueprint": Buffer.from(`${blueprint}\n`).toString("base64"),
  };
}

/** The answer to one watch. */
class ResponseSink implements WatchSink {
  readonly #response: ServerResponse;
  readonly #maxBacklogBytes: number;
  #allowedBytes = Number.POSITIVE_INFINITY;

  constructor(response: ServerResponse, maxBacklogBytes: number) {
    this.#response = response;
    this.#maxBacklogBytes = maxBacklogBytes;
  }

  /** From now on a slow reader is cut off. What it has been sent until now it asked for: no list is too long to begin with. */
  limit(): void {
    this.#allowedBytes = this.#response.writableLength + this.#maxBacklogBytes;
  }

  write(bytes: Buffer): boolean {
    if (this.#response.destroyed || this.#response.writableEnded) return false;
    // What waits already counts, not what is written now: one large event is no fault of its reader.
    if (this.#response.writableLength > this.#allowedBytes) {
      this.#response.destroy();
      return false;
    }
    this.#response.write(bytes);
    return true;
  }

  end(): void {
    if (!this.#response.writableEnded) this.#response.end();
  }
}
