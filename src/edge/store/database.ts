import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { Fault, textOf } from "../../shared/kit/fault.ts";
import { migrate, SCHEMA_VERSION } from "./migrations.ts";

export interface OpenDatabase {
  readonly sql: Sqlite.Database;
  readonly path: string;
  /** Made with the database: another one means that the store was rebuilt. */
  readonly storeId: string;
}

/**
 * Opens, checks and locks `edge.db` in the data directory, and makes both if they are missing. The lock ends with
 * `close` or with the process, however that dies. Throws `config.dataDir` (not writable, or another edge has it),
 * `config.corruptStore`, `config.newerStore`, `state.storeFull`.
 */
export function openDatabase(dataDir: string): OpenDatabase {
  const path = join(dataDir, "edge.db");
  let sql: Sqlite.Database;
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    sql = new Sqlite(path, { timeout: 250 });
  } catch (cause) {
    throw new Fault(
      "config.dataDir",
      `cannot open ${path}: ${textOf(cause)}; make the directory writable or set another dataDir`,
      { cause, details: { path } },
    );
  }
  try {
    return { sql, path, storeId: prepare(sql, path) };
  } catch (cause) {
    sql.close();
    throw openingFault(cause, path);
  }
}

function prepare(sql: Sqlite.Database, path: string): string {
  // The lock is kept from the first use on: a second edge here would fork the versions. It spares the -shm file, too.
  sql.pragma("locking_mode = EXCLUSIVE");
  sql.pragma("journal_mode = WAL");
  // The WAL default of this build is NORMAL, which may lose the last commits when the power fails.
  sql.pragma("synchronous = FULL");
  sql.exec("BEGIN IMMEDIATE; COMMIT");
  const version = Number(sql.pragma("user_version", { simple: true }));
  if (version > SCHEMA_VERSION) {
    throw new Fault(
      "config.newerStore",
      `${path} has schema ${version}, and this version of Edgeloom knows schemas up to ${SCHEMA_VERSION}; run the version that wrote it, or move the file aside`,
      { details: { path, version } },
    );
  }
  const verdict = String(sql.pragma("quick_check(1)", { simple: true }));
  if (verdict !== "ok") throw corruptStore(path, verdict.replaceAll(/\s+/g, " "));
  migrate(sql);
  sql.prepare("INSERT INTO fact VALUES ('storeId', ?) ON CONFLICT DO NOTHING").run(randomUUID());
  return String(sql.prepare("SELECT value FROM fact WHERE name = 'storeId'").pluck().get());
}

function openingFault(cause: unknown, path: string): unknown {
  const code = codeOf(cause);
  if (code === undefined) return cause;
  if (code.startsWith("SQLITE_BUSY")) {
    return new Fault(
      "config.dataDir",
      `${path} is in use by another process; stop that edge, or give this one another dataDir`,
      { cause, details: { path } },
    );
  }
  return (
    storeFault(cause, path) ??
    new Fault("config.dataDir", `cannot use ${path}: ${textOf(cause)}`, { cause, details: { path } })
  );
}

/** What SQLite says of a database that is open: damaged or full. undefined for anything else, which is a bug of ours. */
export function storeFault(cause: unknown, path: string): Fault | undefined {
  const code = codeOf(cause);
  if (code === undefined) return undefined;
  if (code === "SQLITE_NOTADB" || code.startsWith("SQLITE_CORRUPT")) return corruptStore(path, textOf(cause), cause);
  if (code === "SQLITE_FULL" || code.startsWith("SQLITE_IOERR") || code.startsWith("SQLITE_READONLY")) {
    return new Fault(
      "state.storeFull",
      `cannot write ${path}: ${textOf(cause)}; make room on the disk, what is waiting is written then`,
      { cause, details: { path } },
    );
  }
  return undefined;
}

function corruptStore(path: string, problem: string, cause?: unknown): Fault {
  return new Fault(
    "config.corruptStore",
    `${path} is damaged (${problem}); move it aside, with ${path}-wal: the edge then starts empty, and the cloud sends the assignments again`,
    { cause, details: { path } },
  );
}

function codeOf(cause: unknown): string | undefined {
  return cause instanceof Sqlite.SqliteError ? cause.code : undefined;
}
