import type { Database, Statement } from "better-sqlite3";
import type { DeviceKey } from "../../shared/model/device.ts";
import { type Acceptance, QUALITIES, type StateReport } from "../../shared/model/twin.ts";
import type { DesiredRow, Numbered, ReportedRow, TwinChange, TwinRows } from "../twinRows.ts";

interface DeviceColumns {
  readonly uid: string;
  readonly rev: number;
  readonly state: string | null;
  readonly state_rev: number;
  readonly acceptance: string | null;
  readonly acceptance_rev: number;
}

export interface ReportedColumns {
  readonly property: string;
  readonly value: string | null;
  readonly quality: ReportedRow["reported"]["quality"];
  readonly reason: string;
  readonly at: number;
  readonly source_at: number | null;
  readonly version: number;
  readonly rev: number;
  readonly held: number;
}

export interface DesiredColumns {
  readonly property: string;
  readonly body: string;
  readonly rev: number;
}

/** Twins on disk: one row per property for what is reported, one for what is desired. Writes belong in a group commit. */
export class TwinStore {
  readonly #device: Statement<[string], DeviceColumns>;
  readonly #reported: Statement<[string], ReportedColumns>;
  readonly #desired: Statement<[string], DesiredColumns>;
  readonly #putDevice: Statement<[string, string, number]>;
  readonly #putState: Statement<[string, number, string]>;
  readonly #putAcceptance: Statement<[string, number, string]>;
  readonly #putReported: Statement<
    [string, string, string | null, string, string, number, number | null, number, number, number]
  >;
  readonly #putDesired: Statement<[string, string, string, number]>;
  readonly #dropProperty: readonly Statement<[string, string]>[];
  readonly #dropDevice: readonly Statement<[string]>[];

  constructor(sql: Database) {
    this.#device = sql.prepare("SELECT * FROM device WHERE key = ?");
    this.#reported = sql.prepare("SELECT * FROM reported WHERE key = ?");
    this.#desired = sql.prepare("SELECT * FROM desired WHERE key = ?");
    this.#putDevice = sql.prepare(
      "INSERT INTO device (key, uid, rev) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET rev = excluded.rev",
    );
    this.#putState = sql.prepare("UPDATE device SET state = ?, state_rev = ? WHERE key = ?");
    this.#putAcceptance = sql.prepare("UPDATE device SET acceptance = ?, acceptance_rev = ? WHERE key = ?");
    this.#putReported = sql.prepare("INSERT OR REPLACE INTO reported VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    this.#putDesired = sql.prepare("INSERT OR REPLACE INTO desired VALUES (?, ?, ?, ?)");
    this.#dropProperty = ["reported", "desired"].map((table) =>
      sql.prepare(`DELETE FROM ${table} WHERE key = ? AND property = ?`),
    );
    this.#dropDevice = ["reported", "desired", "device"].map((table) =>
      sql.prepare(`DELETE FROM ${table} WHERE key = ?`),
    );
  }

  load(key: DeviceKey): TwinRows | undefined {
    const device = this.#device.get(key);
    if (device === undefined) return undefined;
    const { uid, rev, state, acceptance, state_rev, acceptance_rev } = device;
    return {
      uid,
      rev,
      ...(state === null ? {} : { state: { row: stateOf(state), rev: state_rev } }),
      ...(acceptance === null ? {} : { acceptance: { row: acceptanceOf(acceptance), rev: acceptance_rev } }),
      reported: new Map(this.#reported.all(key).map((columns) => [columns.property, reportedOf(columns)])),
      desired: new Map(this.#desired.all(key).map((columns) => [columns.property, desiredOf(columns)])),
    };
  }

  save({ key, uid, rev, replaces, state, acceptance, reported, desired, removed }: TwinChange): void {
    if (replaces) this.remove(key);
    this.#putDevice.run(key, uid, rev);
    if (state) this.#putState.run(JSON.stringify(state.row), state.rev, key);
    if (acceptance) this.#putAcceptance.run(JSON.stringify(acceptance.row), acceptance.rev, key);
    for (const property of removed) for (const drop of this.#dropProperty) drop.run(key, property);
    for (const [property, row] of reported) this.#saveReported(key, property, row);
    for (const [property, { row, rev: rowRev }] of desired) {
      this.#putDesired.run(key, property, JSON.stringify(row), rowRev);
    }
  }

  remove(key: DeviceKey): void {
    for (const drop of this.#dropDevice) drop.run(key);
  }

  #saveReported(key: DeviceKey, property: string, { reported, rev, held }: ReportedRow): void {
    this.#putReported.run(
      key,
      property,
      reported.value ?? null,
      reported.quality,
      reported.reason,
      reported.at,
      reported.sourceTimestamp ?? null,
      reported.version,
      rev,
      held ? 1 : 0,
    );
  }
}

// The texts below were written by `save` of this schema version, so they are what it wrote.
export const stateOf = (text: string): StateReport => JSON.parse(text) as StateReport;
export const acceptanceOf = (text: string): Acceptance => JSON.parse(text) as Acceptance;
export const desiredOf = ({ body, rev }: DesiredColumns): Numbered<DesiredRow> => ({
  row: JSON.parse(body) as DesiredRow,
  rev,
});

export function reportedOf(columns: ReportedColumns): ReportedRow {
  const { value, quality, reason, at, source_at, version, rev, held } = columns;
  return {
    reported: {
      ...(value === null ? {} : { value }),
      // The one string of each that there is, not a copy per row.
      quality: QUALITIES.find((known) => known === quality) ?? "stale",
      reason,
      at,
      ...(source_at === null ? {} : { sourceTimestamp: source_at }),
      version,
    },
    rev,
    held: held === 1,
  };
}
