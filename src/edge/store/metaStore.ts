import type { Database, Statement } from "better-sqlite3";
import type { DeviceKey, DeviceSpec } from "../../shared/model/device.ts";
import type { Assignment } from "../../shared/wire/syncFrames.ts";
import type { BootTime } from "../bootTime.ts";

interface AssignmentColumns {
  readonly key: DeviceKey;
  readonly uid: string;
  readonly body: string;
  readonly boot: string;
  readonly up_ms: number;
}

/** Uids remembered per key of devices that had it before. */
const FORMER_KEPT = 8;

/** The hub's last word on each device, for a start without a cloud. Writes belong in a group commit. */
export class MetaStore {
  readonly #boot: BootTime;
  readonly #select: Statement<[], AssignmentColumns>;
  readonly #upsert: Statement<[string, string, string, string, string, number]>;
  readonly #delete: Statement<[string]>;
  readonly #former: Statement<[], { readonly key: DeviceKey; readonly uid: string }>;
  readonly #addFormer: Statement<[string, string]>;
  readonly #pruneFormer: Statement<[string, string, number]>;
  readonly #specs = new Map<DeviceKey, DeviceSpec>();

  constructor(sql: Database, boot: BootTime) {
    this.#boot = boot;
    this.#select = sql.prepare("SELECT * FROM assignment");
    this.#upsert = sql.prepare("INSERT OR REPLACE INTO assignment VALUES (?, ?, ?, ?, ?, ?)");
    this.#delete = sql.prepare("DELETE FROM assignment WHERE key = ?");
    this.#former = sql.prepare("SELECT key, uid FROM former ORDER BY id");
    this.#addFormer = sql.prepare("INSERT OR REPLACE INTO former (key, uid) VALUES (?, ?)");
    this.#pruneFormer = sql.prepare(
      "DELETE FROM former WHERE key = ? AND id NOT IN (SELECT id FROM former WHERE key = ? ORDER BY id DESC LIMIT ?)",
    );
  }

  /** All assignments; times to live are what is left of them now, 0 after a reboot. */
  all(): Assignment[] {
    return this.#select.all().map((columns) => {
      // Written by `save` of this schema version: a new shape of Assignment comes with a migration.
      const found = this.#aged(JSON.parse(columns.body) as Assignment, columns);
      this.#specs.set(columns.key, found.spec);
      return found;
    });
  }

  /** Per key the uids of devices that had it before, oldest first. */
  former(): Map<DeviceKey, string[]> {
    const uids = new Map<DeviceKey, string[]>();
    for (const { key, uid } of this.#former.all()) uids.set(key, [...(uids.get(key) ?? []), uid]);
    return uids;
  }

  /** The spec that was last loaded or saved. */
  spec(key: DeviceKey): DeviceSpec | undefined {
    return this.#specs.get(key);
  }

  save(given: Assignment): void {
    const { key, uid } = given.spec;
    this.#upsert.run(key, uid, given.digest, JSON.stringify(given), this.#boot.id, this.#boot.upMs());
    this.#specs.set(key, given.spec);
  }

  remove(key: DeviceKey, uid: string): void {
    this.#delete.run(key);
    this.#addFormer.run(key, uid);
    this.#pruneFormer.run(key, key, FORMER_KEPT);
    this.#specs.delete(key);
  }

  #aged(stored: Assignment, { boot, up_ms }: AssignmentColumns): Assignment {
    const sameBoot = boot === this.#boot.id;
    const elapsedMs = this.#boot.upMs() - up_ms;
    const desired = stored.desired.map((change) => {
      if (change.ttlLeftMs === undefined) return change;
      return { ...change, ttlLeftMs: sameBoot ? Math.max(0, change.ttlLeftMs - elapsedMs) : 0 };
    });
    return { ...stored, desired };
  }
}
