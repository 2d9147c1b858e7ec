import { type JsonObject, objectAt, stringifyJson } from "../json.ts";
import type { ServedVersion } from "../registry/resource.ts";
import type { StatusObject } from "../status.ts";
import type { Entry, StoreEvent } from "../store/entry.ts";
import { partialMetadata } from "../table/table.ts";
import type { Wanted } from "./negotiation.ts";
import { type Include, tableFor, tableMetadataOf } from "./render.ts";
import type { Selection } from "./selection.ts";

export type EventType = "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";

/** What one watcher asked for. */
export interface WatchRequest {
  readonly version: ServedVersion;
  readonly namespace: string | undefined;
  readonly selection: Selection;
  readonly wanted: Wanted;
  readonly include: Include;
  readonly bookmarks: boolean;
}

/** Takes the bytes of events; false once the reader is gone or was cut off. */
export interface WatchSink {
  write(bytes: Buffer): boolean;
  end(): void;
}

/**
 * Encodings of events that several watchers share: one per event, served version and type. They live as long as the
 * event does in the ring, so a watcher that comes back costs no second encoding either.
 */
export class SharedEncodings {
  readonly #encoded = new WeakMap<Entry, Map<ServedVersion, Map<EventType, Buffer>>>();

  of(type: EventType, entry: Entry, version: ServedVersion): Buffer {
    const byVersion = this.#encoded.get(entry) ?? new Map<ServedVersion, Map<EventType, Buffer>>();
    this.#encoded.set(entry, byVersion);
    const byType = byVersion.get(version) ?? new Map<EventType, Buffer>();
    byVersion.set(version, byType);
    let bytes = byType.get(type);
    if (!bytes) {
      bytes = Buffer.from(`{"type":"${type}","object":${version.show(entry).text}}\n`);
      byType.set(type, bytes);
    }
    return bytes;
  }
}

/** One open watch: turns store events into what its client selected, in its shape. */
export class WatchStream {
  readonly #request: WatchRequest;
  readonly #sink: WatchSink;
  readonly #encodings: SharedEncodings;
  readonly #now: () => number;
  #columnsSent = false;

  constructor(request: WatchRequest, parts: { sink: WatchSink; encodings: SharedEncodings; now: () => number }) {
    this.#request = request;
    this.#sink = parts.sink;
    this.#encodings = parts.encodings;
    this.#now = parts.now;
  }

  get collection(): string {
    return this.#request.version.resource.collection;
  }

  get wantsBookmarks(): boolean {
    return this.#request.bookmarks;
  }

  /** An object that is there when the watch begins. */
  initial(entry: Entry): boolean {
    if (!this.#isHere(entry) || !this.#selects(entry)) return true;
    return this.#object("ADDED", entry);
  }

  /** False once the stream has ended. An object that enters the selection is ADDED, one that leaves it DELETED. */
  event({ kind, entry, previous }: StoreEvent): boolean {
    if (!this.#isHere(entry)) return true;
    const { selection } = this.#request;
    if (!selection)
      return this.#object(kind === "added" ? "ADDED" : kind === "deleted" ? "DELETED" : "MODIFIED", entry);
    const before = previous !== undefined && this.#selects(previous);
    const after = kind !== "deleted" && this.#selects(entry);
    if (before && !after) return this.#left(kind === "deleted" ? entry : previous, entry.revision);
    if (!after) return true;
    return this.#object(before ? "MODIFIED" : "ADDED", entry);
  }

  bookmark(revision: number, annotations?: JsonObject): boolean {
    const { version, wanted } = this.#request;
    const metadata: JsonObject = { resourceVersion: String(revision), creationTimestamp: null };
    if (annotations) metadata["annotations"] = annotations;
    const object: JsonObject = { kind: version.resource.kind, apiVersion: version.apiVersion, metadata };
    if (wanted.shape === "Table") {
      return this.#write("BOOKMARK", { ...this.#table([]), metadata: { resourceVersion: String(revision) } });
    }
    return this.#write("BOOKMARK", wanted.shape === "object" ? object : partialMetadata(object, wanted.metaVersion));
  }

  error(status: StatusObject): void {
    this.#sink.write(Buffer.from(`${JSON.stringify({ type: "ERROR", object: status })}\n`));
    this.end();
  }

  end(): void {
    this.#sink.end();
  }

  #isHere(entry: Entry): boolean {
    const { namespace } = this.#request;
    return namespace === undefined || entry.namespace === namespace;
  }

  #selects(entry: Entry): boolean {
    const { selection, version } = this.#request;
    return selection === undefined || selection(version.show(entry).object);
  }

  #object(type: EventType, entry: Entry): boolean {
    const { version, wanted } = this.#request;
    if (wanted.shape === "object") return this.#sink.write(this.#encodings.of(type, entry, version));
    return this.#shaped(type, version.show(entry).object);
  }

  /** A watcher sees go what it knew, at the revision of the change. */
  #left(known: Entry, revision: number): boolean {
    const { object } = this.#request.version.show(known);
    const metadata = { ...objectAt(object, "metadata"), resourceVersion: String(revision) };
    return this.#shaped("DELETED", { ...object, metadata });
  }

  #shaped(type: EventType, object: JsonObject): boolean {
    const { wanted } = this.#request;
    switch (wanted.shape) {
      case "object":
        return this.#write(type, object);
      case "Table":
        return this.#write(type, this.#table([object]));
      case "PartialObjectMetadata":
      case "PartialObjectMetadataList":
        return this.#write(type, partialMetadata(object, wanted.metaVersion));
    }
  }

  #table(objects: readonly JsonObject[]): JsonObject {
    const { version, wanted, include } = this.#request;
    const metadata = objects[0] ? tableMetadataOf(objects[0]) : {};
    const withColumns = !this.#columnsSent;
    this.#columnsSent = true;
    return tableFor(objects, { version, wanted, include, now: this.#now() }, { metadata, withColumns });
  }

  #write(type: EventType, object: JsonObject): boolean {
    return this.#sink.write(Buffer.from(`{"type":"${type}","object":${stringifyJson(object)}}\n`));
  }
}
