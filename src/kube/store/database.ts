import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { Fault, textOf } from "../../shared/kit/fault.ts";

/** Raised whenever the tables change; a newer number than ours is refused instead of guessed at. */
const FORMAT = 1;

const TABLES = `
  CREATE TABLE log (
    revision INTEGER PRIMARY KEY,
    collection TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    deleted INTEGER NOT NULL,
    value TEXT NOT NULL
  );
  CREATE INDEX log_by_key ON log (collection, namespace, name, revision);
  CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
`;

/**
 * Opens the database of a data directory and keeps its lock until it is closed: two writers would fork the revisions.
 * Throws `config.dataDir` (not writable, or in use), `config.corruptStore`, `config.newerStore`.
 */
export function openDatabase(path: string): Database.Database {
  const isNew = !existsSync(path);
  let database: Database.Database;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    // There are secrets in it. SQLite gives the files beside it the same mode.
    closeSync(openSync(path, "a", 0o600));
    database = new Database(path, { timeout: 0 });
  } catch (cause) {
    throw new Fault("config.dataDir", `cannot open ${path}: ${textOf(cause)}; choose another data directory`, {
      cause,
    });
  }
  try {
    prepare(database, path, isNew);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function prepare(database: Database.Database, path: string, isNew: boolean): void {
  try {
    database.pragma("locking_mode = EXCLUSIVE");
    database.pragma("journal_mode = WAL");
    database.pragma("synchronous = FULL");
    // Takes the lock now rather than at the first write.
    database.exec("BEGIN IMMEDIATE; COMMIT");
  } catch (cause) {
    throw openingFault(path, cause);
  }
  const format = Number(database.pragma("user_version", { simple: true }));
  if (format > FORMAT) {
    throw new Fault("config.newerStore", `${path} has format ${format}, this version knows ${FORMAT}; use a newer one`);
  }
  if (isNew || format === 0) {
    database.exec(TABLES);
    database.pragma(`user_version = ${FORMAT}`);
    return;
  }
  checkIntegrity(database, path);
}

function checkIntegrity(database: Database.Database, path: string): void {
  let answer: string;
  try {
    answer = String(database.pragma("quick_check(1)", { simple: true }));
  } catch (cause) {
    throw openingFault(path, cause);
  }
  if (answer !== "ok") throw corrupt(path, answer.replaceAll(/\s+/g, " "));
}

function openingFault(path: string, cause: unknown): Fault {
  const code = cause instanceof Database.SqliteError ? cause.code : "";
  if (code.startsWith("SQLITE_BUSY")) {
    return new Fault(
      "config.dataDir",
      `${path} is in use by another process; stop that one or choose another directory`,
      {
        cause,
      },
    );
  }
  if (code === "SQLITE_NOTADB" || code.startsWith("SQLITE_CORRUPT")) return corrupt(path, textOf(cause), cause);
  return new Fault("config.dataDir", `cannot open ${path}: ${textOf(cause)}`, { cause });
}

/** Said wherever damage shows, at the start or later. */
export function corrupt(path: string, problem: string, cause?: unknown): Fault {
  return new Fault(
    "config.corruptStore",
    `${path} is damaged (${problem}); restore a backup of it, or move it away together with its -wal file to start empty`,
    { cause, details: { path, problem } },
  );
}
