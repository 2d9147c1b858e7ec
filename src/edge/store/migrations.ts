import type { Database } from "better-sqlite3";

/**
 * Each step brings the tables from its index to the next number (`PRAGMA user_version`). Steps that were released are
 * never edited. Values are their canonical texts; `rev` columns say at which revision of the device a row last
 * changed for the cloud; times are epoch ms.
 */
const STEPS: readonly string[] = [
  `
  CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

  CREATE TABLE assignment (
    key TEXT PRIMARY KEY,
    uid TEXT NOT NULL,
    digest TEXT NOT NULL,
    body TEXT NOT NULL,
    boot TEXT NOT NULL,
    up_ms REAL NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE former (id INTEGER PRIMARY KEY, key TEXT NOT NULL, uid TEXT NOT NULL, UNIQUE (key, uid));

  CREATE TABLE device (
    key TEXT PRIMARY KEY,
    uid TEXT NOT NULL,
    rev INTEGER NOT NULL,
    state TEXT,
    state_rev INTEGER NOT NULL DEFAULT 0,
    acceptance TEXT,
    acceptance_rev INTEGER NOT NULL DEFAULT 0
  ) WITHOUT ROWID;

  CREATE TABLE reported (
    key TEXT NOT NULL,
    property TEXT NOT NULL,
    value TEXT,
    quality TEXT NOT NULL,
    reason TEXT NOT NULL,
    at REAL NOT NULL,
    source_at REAL,
    version INTEGER NOT NULL,
    rev INTEGER NOT NULL,
    held INTEGER NOT NULL,
    PRIMARY KEY (key, property)
  ) WITHOUT ROWID;

  CREATE TABLE desired (
    key TEXT NOT NULL,
    property TEXT NOT NULL,
    body TEXT NOT NULL,
    rev INTEGER NOT NULL,
    PRIMARY KEY (key, property)
  ) WITHOUT ROWID;
  `,
];

/** The newest schema that this version knows. */
export const SCHEMA_VERSION = STEPS.length;

/** Brings the tables up to `SCHEMA_VERSION`, all steps in one transaction. */
export function migrate(database: Database): void {
  const from = Number(database.pragma("user_version", { simple: true }));
  if (from === SCHEMA_VERSION) return;
  database.transaction(() => {
    for (const step of STEPS.slice(from)) database.exec(step);
    database.pragma(`user_version = ${SCHEMA_VERSION}`);
  })();
}
