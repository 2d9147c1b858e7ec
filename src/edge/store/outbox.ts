import type { Database, Statement } from "better-sqlite3";
import type { DeviceKey, DeviceSpec } from "../../shared/model/device.ts";
import type { DesiredProgress, DeviceStatusReport, EdgeFrame, ReportedProperty } from "../../shared/wire/syncFrames.ts";
import type { GroupCommit } from "./groupCommit.ts";
import {
  acceptanceOf,
  type DesiredColumns,
  desiredOf,
  type ReportedColumns,
  reportedOf,
  stateOf,
} from "./twinStore.ts";

interface DeviceColumns {
  readonly uid: string;
  readonly rev: number;
  readonly acked: number;
  readonly state: string | null;
  readonly state_rev: number;
  readonly acceptance: string | null;
  readonly acceptance_rev: number;
}

type Held = Extract<EdgeFrame, { kind: "edge.hello" }>["devices"][number];

interface OutboxParts {
  readonly sql: Database;
  readonly storeId: string;
  readonly commits: GroupCommit;
  readonly specs: { spec(key: DeviceKey): DeviceSpec | undefined };
}

interface Item {
  readonly rev: number;
  readonly bytes: number;
  readonly put: (report: { reported: ReportedProperty[]; desired: DesiredProgress[] }) => void;
}

/** A report is cut here, at a revision, so that it fits a frame (MAX_FRAME_BYTES) also when it is all escapes. */
const MAX_REPORT_BYTES = 256 * 1024;
/** Names, numbers and punctuation of a row in a frame. */
const ROW_BYTES = 256;

/**
 * What the cloud does not know yet. Nothing is queued: it is read from the twins' rows when it is sent, so the newest
 * value wins, and a device takes the same room however long the cloud was away. Shows only what is on disk.
 */
export class Outbox {
  readonly storeId: string;
  readonly #parts: OutboxParts;
  readonly #inventory: Statement<[], Held>;
  readonly #device: Statement<[string], DeviceColumns>;
  readonly #reported: Statement<[string, number], ReportedColumns>;
  readonly #desired: Statement<[string, number], DesiredColumns>;
  readonly #acknowledge: Statement<[number, string, string]>;

  constructor(parts: OutboxParts) {
    const { sql, storeId } = parts;
    this.#parts = parts;
    this.storeId = storeId;
    this.#inventory = sql.prepare(
      `SELECT assignment.key, assignment.uid, digest, coalesce(device.rev, 0) AS rev FROM assignment
       LEFT JOIN device ON device.key = assignment.key AND device.uid = assignment.uid`,
    );
    this.#device = sql.prepare("SELECT * FROM device WHERE key = ?");
    this.#reported = sql.prepare("SELECT * FROM reported WHERE key = ? AND rev > ?");
    this.#desired = sql.prepare("SELECT * FROM desired WHERE key = ? AND rev > ?");
    this.#acknowledge = sql.prepare("UPDATE device SET acked = ? WHERE key = ? AND uid = ?");
  }

  /** What the edge says in its hello: each assignment on disk, and the device's revision. */
  inventory(): Held[] {
    return this.#inventory.all();
  }

  /** The last revision that was acknowledged; 0 if there is none. What the hub's hello says counts more. */
  ackedRev(key: DeviceKey): number {
    return this.#device.get(key)?.acked ?? 0;
  }

  /** Remembers that the cloud has the device up to `rev`. May be lost in a crash: the hub's hello says it again. */
  acknowledge({ key, uid, rev }: { readonly key: DeviceKey; readonly uid: string; readonly rev: number }): void {
    this.#parts.commits.add({ apply: () => this.#acknowledge.run(rev, key, uid) });
  }

  /**
   * The device's news after revision `since` (0: everything); undefined if there is none. Of a device with megabytes of
   * values the oldest part: `rev` then is lower than the device's, and the rest comes with the next call.
   */
  statusSince(key: DeviceKey, since: number): DeviceStatusReport | undefined {
    const device = this.#device.get(key);
    const spec = this.#parts.specs.spec(key);
    if (device === undefined || spec === undefined || spec.uid !== device.uid || device.rev <= since) return undefined;
    const { included, rev } = cut(this.#items(spec, since), device.rev);
    const report = { reported: [], desired: [] };
    for (const item of included) item.put(report);
    const state = spec.reportState && device.state_rev > since ? device.state : null;
    const acceptance = device.acceptance_rev > since ? device.acceptance : null;
    return {
      key,
      uid: device.uid,
      since,
      rev,
      ...(state === null ? {} : { state: stateOf(state) }),
      ...(acceptance === null ? {} : { acceptance: acceptanceOf(acceptance) }),
      ...report,
    };
  }

  #items(spec: DeviceSpec, since: number): Item[] {
    const properties = new Map(spec.properties.map((property) => [property.name, property]));
    const items: Item[] = [];
    for (const columns of this.#reported.all(spec.key, since)) {
      const property = properties.get(columns.property);
      if (property?.reportToCloud !== true) continue;
      const { name, type, unit } = property;
      const reported = { property: name, type, ...(unit ? { unit } : {}), ...reportedOf(columns).reported };
      items.push({ rev: columns.rev, bytes: bytesOf(columns.value), put: (report) => report.reported.push(reported) });
    }
    for (const columns of this.#desired.all(spec.key, since)) {
      const { desired, diverged } = desiredOf(columns).row;
      const progress = { property: columns.property, ...desired, diverged };
      items.push({ rev: columns.rev, bytes: bytesOf(columns.body), put: (report) => report.desired.push(progress) });
    }
    return items;
  }
}

const bytesOf = (text: string | null): number => ROW_BYTES + (text?.length ?? 0);

/** As many of the oldest revisions as fit, but one at least; `rev` is up to where they go. */
function cut(items: readonly Item[], deviceRev: number): { included: readonly Item[]; rev: number } {
  let total = 0;
  for (const { bytes } of items) total += bytes;
  if (total <= MAX_REPORT_BYTES) return { included: items, rev: deviceRev };
  const byRev = [...items].sort((a, b) => a.rev - b.rev);
  let bytes = 0;
  const over = byRev.findIndex((item) => {
    bytes += item.bytes;
    return bytes > MAX_REPORT_BYTES;
  });
  const first = byRev[0]?.rev ?? deviceRev;
  const last = Math.max(first, (byRev[over]?.rev ?? deviceRev) - 1);
  const included = byRev.filter((item) => item.rev <= last);
  return { included, rev: included.length === items.length ? deviceRev : last };
}
