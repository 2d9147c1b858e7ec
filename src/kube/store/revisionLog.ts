import type Database from "better-sqlite3";
import type { Entry } from "./entry.ts";

export interface LogRow {
  readonly revision: number;
  readonly collection: string;
  readonly namespace: string;
  readonly name: string;
  readonly deleted: 0 | 1;
  readonly value: string;
}

export interface PageRequest {
  readonly collection: string;
  readonly revision: number;
  readonly namespace: string | undefined;
  readonly afterNamespace: string;
  readonly afterName: string;
  readonly limit: number;
}

/** Latest state of each key as of a revision, in key order; `namespace || '/'` sorts as the keys of the index do. */
const PAGE = `
  SELECT revision, collection, namespace, name, deleted, value FROM log AS outerLog
  WHERE collection = @collection AND deleted = 0
    AND (@namespace IS NULL OR namespace = @namespace)
    AND namespace || '/' || name > @afterNamespace || '/' || @afterName
    AND revision = (SELECT max(revision) FROM log
      WHERE collection = outerLog.collection AND namespace = outerLog.namespace AND name = outerLog.name
        AND revision <= @revision)
  ORDER BY namespace || '/' || name LIMIT @limit`;

/** The append-only table of revisions, and the only SQL of the server. */
export class RevisionLog {
  readonly #database: Database.Database;
  readonly #begin: Database.Statement;
  readonly #commit: Database.Statement;
  readonly #insert: Database.Statement;
  readonly #remove: Database.Statement;
  readonly #page: Database.Statement;
  readonly #setMeta: Database.Statement;

  constructor(database: Database.Database) {
    this.#database = database;
    this.#begin = database.prepare("BEGIN");
    this.#commit = database.prepare("COMMIT");
    this.#insert = database.prepare("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?)");
    this.#remove = database.prepare("DELETE FROM log WHERE revision = ?");
    this.#page = database.prepare(PAGE);
    this.#setMeta = database.prepare(
      "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    );
  }

  begin(): void {
    this.#begin.run();
  }

  commit(): void {
    this.#commit.run();
  }

  append(entry: Entry, { deleted }: { readonly deleted: boolean }): void {
    const { revision, collection, namespace, name, text } = entry;
    this.#insert.run(revision, collection, namespace, name, deleted ? 1 : 0, text);
  }

  remove(revision: number): void {
    this.#remove.run(revision);
  }

  /** Every row, oldest first. */
  rows(): IterableIterator<LogRow> {
    // The columns are those of the table above.
    return this.#database.prepare("SELECT * FROM log ORDER BY revision").iterate() as IterableIterator<LogRow>;
  }

  page({ namespace, ...request }: PageRequest): LogRow[] {
    return this.#page.all({ ...request, namespace: namespace ?? null }) as LogRow[];
  }

  readMeta(key: string): number | undefined {
    const row = this.#database.prepare("SELECT value FROM meta WHERE key = ?").get(key) as
      | { value: number }
      | undefined;
    return row?.value;
  }

  writeMeta(key: string, value: number): void {
    this.#setMeta.run(key, value);
  }

  close(): void {
    this.#database.close();
  }
}
