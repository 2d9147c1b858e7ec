import type { Database, Statement } from "better-sqlite3";
import type { DeviceKey, DeviceSpec } from "../../shared/model/device.ts";
import type { DeviceStatusReport, EdgeFrame, ReportedProperty } from "../../shared/wire/syncFrames.ts";
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
  readonly state: string | null;
  readonly state_rev: number;
  readonly acceptance: string | null;
  readonly acceptance_rev: number;
}

type Holding = Extract<EdgeFrame, { kind: "edge.hello" }>["devices"][number];

interface OutboxParts {
  readonly sql: Database;
  readonly storeId: string;
  readonly specs: { spec(key: DeviceKey): DeviceSpec | undefined };
}

/**
 * What the cloud does not know yet. Nothing is queued: it is read from the twins' rows when it is sent, so the newest
 * value wins, and a device takes the same room however long the cloud was away. Shows only what is on disk.
 */
export class Outbox {
  /** Made with the store: another one means that it was rebuilt, and that its revisions begin anew. */
  readonly id: string;
  readonly #specs: OutboxParts["specs"];
  readonly #holdings: Statement<[], Holding>;
  readonly #device: Statement<[string], DeviceColumns>;
  readonly #reported: Statement<[string, number], ReportedColumns>;
  readonly #desired: Statement<[string, number], DesiredColumns>;

  constructor({ sql, storeId, specs }: OutboxParts) {
    this.id = storeId;
    this.#specs = specs;
    this.#holdings = sql.prepare(
      `SELECT assignment.key, assignment.uid, digest, coalesce(device.rev, 0) AS rev FROM assignment
       LEFT JOIN device ON device.key = assignment.key AND device.uid = assignment.uid`,
    );
    this.#device = sql.prepare("SELECT * FROM device WHERE key = ?");
    this.#reported = sql.prepare("SELECT * FROM reported WHERE key = ? AND rev > ?");
    this.#desired = sql.prepare("SELECT * FROM desired WHERE key = ? AND rev > ?");
  }

  /** What the edge holds of each device that is assigned to it: the assignment's digest, and the twin's revision. */
  holdings(): readonly Holding[] {
    return this.#holdings.all();
  }

  /** The device's news after revision `since` (0: everything); undefined if there is none, or no such device. */
  statusSince(key: DeviceKey, since: number): DeviceStatusReport | undefined {
    const device = this.#device.get(key);
    const spec = this.#specs.spec(key);
    if (device === undefined || spec === undefined || spec.uid !== device.uid || device.rev <= since) return undefined;
    const state = spec.reportState && device.state_rev > since ? device.state : null;
    const acceptance = device.acceptance_rev > since ? device.acceptance : null;
    return {
      key,
      uid: device.uid,
      since,
      rev: device.rev,
      ...(state === null ? {} : { state: stateOf(state) }),
      ...(acceptance === null ? {} : { acceptance: acceptanceOf(acceptance) }),
      reported: this.#reportedOf(spec, since),
      desired: this.#desired.all(key, since).map((columns) => {
        const { desired, diverged } = desiredOf(columns).row;
        return { property: columns.property, ...desired, diverged };
      }),
    };
  }

  /** In the order of the device's properties, which is the order in which people see them. */
  #reportedOf(spec: DeviceSpec, since: number): ReportedProperty[] {
    const rows = new Map(this.#reported.all(spec.key, since).map((columns) => [columns.property, columns]));
    return spec.properties.flatMap(({ name, type, unit, reportToCloud }) => {
      const columns = rows.get(name);
      if (columns === undefined || !reportToCloud) return [];
      return [{ property: name, type, ...(unit ? { unit } : {}), ...reportedOf(columns).reported }];
    });
  }
}
