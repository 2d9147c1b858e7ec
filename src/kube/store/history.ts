import { textOf } from "../../shared/kit/fault.ts";
import type { Collection } from "./collection.ts";
import { corrupt } from "./database.ts";
import { LoggedEntry, type StoreEvent } from "./entry.ts";
import type { LogRow, RevisionLog } from "./revisionLog.ts";
import { parseStored } from "./stored.ts";

export interface Superseded {
  /** The row that nobody needs any more… */
  readonly revision: number;
  /** …once history up to this revision is forgotten. */
  readonly until: number;
}

interface HistoryRequest {
  readonly log: RevisionLog;
  /** Of the database, for the error. */
  readonly path: string;
  readonly compacted: number;
  readonly collectionOf: (name: string) => Collection;
}

export interface History {
  readonly revision: number;
  readonly superseded: Superseded[];
  readonly events: readonly StoreEvent[];
}

/** Reads the log once from its beginning: fills the collections and gives the events that watchers may still ask for. */
export function loadHistory({ log, path, compacted, collectionOf }: HistoryRequest): History {
  const superseded: Superseded[] = [];
  const events: StoreEvent[] = [];
  let revision = compacted;
  try {
    for (const row of log.rows()) {
      revision = row.revision;
      const entry = entryOf(row);
      const collection = collectionOf(row.collection);
      const previous = row.deleted ? collection.delete(entry) : collection.set(entry);
      if (row.deleted) superseded.push({ revision, until: revision });
      if (previous) superseded.push({ revision: previous.revision, until: revision });
      if (revision <= compacted) continue;
      const kind = row.deleted ? "deleted" : previous ? "modified" : "added";
      events.push({ kind, revision, entry, previous });
    }
  } catch (cause) {
    throw corrupt(path, textOf(cause), cause);
  }
  return { revision, superseded, events };
}

export function entryOf({ revision, collection, namespace, name, value }: LogRow): LoggedEntry {
  return new LoggedEntry({ revision, collection, namespace, name, text: value, parse: parseStored });
}
