import type { DeviceKey, DeviceProperty, DeviceSpec } from "../../shared/model/device.ts";
import type { Acceptance, Reported, StateReport } from "../../shared/model/twin.ts";
import type { Reading } from "../../shared/wire/mapperMessages.ts";
import type { DesiredRow, TwinChange, TwinRows } from "../twinRows.ts";
import { advance, observe, type Step } from "./desired.ts";
import { type Committed, LiveRows, type Shown } from "./liveRows.ts";
import { type Merged, markStale, mergeReported, type Turn, turnOf, unread } from "./mergeReported.ts";

export interface Now {
  /** Epoch ms. */
  readonly at: number;
  readonly monotonic: number;
}

export interface RecordOwner {
  /** Something waits for a commit: write `change`, then call `committed`. Said once per commit. */
  onChange(record: TwinRecord): void;
  /** A value is held back until then (monotonic): call `release`. */
  onHeld(record: TwinRecord, at: number): void;
}

interface RecordParts {
  readonly spec: DeviceSpec;
  /** What the store has of the key, which may be another device's. */
  readonly rows: TwinRows | undefined;
  readonly owner: RecordOwner;
  readonly now: Now;
}

/** The twin of one device: what events make of its rows. */
export class TwinRecord {
  readonly key: DeviceKey;
  readonly uid: string;
  readonly #owner: RecordOwner;
  readonly #rows: LiveRows;
  #properties: ReadonlyMap<string, DeviceProperty>;
  #floors: Readonly<Record<string, number>> = {};
  #spec: DeviceSpec;
  #lastGoodAt: number | undefined;

  /** Whatever is known: nobody has looked at the device since the edge was started. */
  constructor({ spec, rows, owner, now }: RecordParts) {
    this.key = spec.key;
    this.uid = spec.uid;
    this.#owner = owner;
    this.#spec = spec;
    this.#properties = byName(spec);
    const state: StateReport = { state: "unknown", reason: "NotReadYet", message: "", since: now.at };
    this.#rows = new LiveRows({ ...spec, state, onChange: () => owner.onChange(this) });
    if (rows?.uid === spec.uid) {
      this.#rows.restore(rows);
      this.#lastGoodAt = rows.state?.row.lastOnline;
      this.setState(state, now);
      // Also where the state was saved as unknown already.
      this.#markAllStale("NotReadYet", now);
    } else {
      this.#rows.replaceOnDisk();
      this.#rows.putState(state, { isNews: spec.reportState });
    }
  }

  get spec(): DeviceSpec {
    return this.#spec;
  }

  get state(): StateReport {
    return this.#rows.state;
  }

  get acceptance(): Acceptance | undefined {
    return this.#rows.acceptance;
  }

  property(name: string): DeviceProperty | undefined {
    return this.#properties.get(name);
  }

  desired(property: string): DesiredRow | undefined {
    return this.#rows.desired.get(property)?.row;
  }

  desiredProperties(): readonly string[] {
    return [...this.#rows.desired.keys()];
  }

  /** The device as it is configured now. `floors`: per property the last version that the cloud has seen. */
  assign(spec: DeviceSpec, floors: Readonly<Record<string, number>>, now: Now): void {
    const before = { properties: this.#properties, reportState: this.#spec.reportState };
    this.#spec = spec;
    this.#properties = byName(spec);
    this.#floors = floors;
    if (spec.reportState && !before.reportState) this.#rows.putState(this.state, { isNews: true });
    for (const property of spec.properties) this.#assignProperty(before.properties.get(property.name), property, now);
    for (const name of new Set([...this.#rows.reported.keys(), ...this.#rows.desired.keys()])) {
      if (!this.#properties.has(name)) this.#removeProperty(name);
    }
  }

  /** Takes in what was read; gives the number of readings of properties that the device does not have. */
  report(readings: readonly Reading[], now: Now): number {
    let unknown = 0;
    for (const reading of readings) {
      const property = this.#properties.get(reading.property);
      if (property === undefined) {
        unknown += 1;
        continue;
      }
      if (reading.quality === "good") this.#lastGoodAt = now.at;
      const floor = this.#floorOf(reading.property);
      const before = this.#rows.reported.get(reading.property)?.reported;
      this.#putReported(property, mergeReported(before, reading, { at: now.at, floor }), now);
    }
    return unknown;
  }

  /** Takes in the state of the device; in any but online, nothing that was read is fresh any more. */
  setState({ state, reason, message }: Pick<StateReport, "state" | "reason" | "message">, now: Now): void {
    if (state === "online") this.#lastGoodAt = now.at;
    const before = this.state;
    if (before.state === state && before.reason === reason) return;
    const lastOnline = this.#lastGoodAt ?? before.lastOnline;
    this.#rows.putState(
      { state, reason, message, since: now.at, ...(lastOnline === undefined ? {} : { lastOnline }) },
      { isNews: this.#spec.reportState },
    );
    if (state === "online") return;
    this.#markAllStale(reason || `Device${state.charAt(0).toUpperCase()}${state.slice(1)}`, now);
  }

  judge({ accepted, reason, message }: Acceptance): void {
    const before = this.acceptance;
    if (before?.accepted === accepted && before.reason === reason && before.message === message) return;
    this.#rows.putAcceptance({ accepted, reason, message });
  }

  /** Puts what a step made of a desired change. `request`: it is to be written, once it is on disk. */
  step(property: string, { row, told }: Step, { request }: { readonly request: boolean }): void {
    this.#rows.putDesired(property, row, this.#rows.nextRev());
    this.#rows.tellDesired(property, told);
    if (request) this.#rows.requestDesired(property);
  }

  /** Makes news of the values that were held back until now. */
  release(now: Now): void {
    for (const [name, row] of this.#rows.reported) {
      const property = this.#properties.get(name);
      if (!row.held || property === undefined) continue;
      if (row.nextAt > now.monotonic) {
        this.#owner.onHeld(this, row.nextAt);
        continue;
      }
      const nextAt = now.monotonic + property.reportCycleMs;
      this.#rows.putReported(name, { ...row, held: false, nextAt, rev: this.#rows.nextRev() });
    }
  }

  /** Before an orderly end: has written when the device and its values were seen last. */
  saveFreshness(): void {
    this.#rows.saveRenewed();
    const lastOnline = this.#lastGoodAt;
    if (lastOnline === undefined || lastOnline === this.state.lastOnline) return;
    this.#rows.putState({ ...this.state, lastOnline }, { isNews: false });
  }

  /** Whether a change is still to be asked for once it is on disk, so not yet. */
  isRequestPending(property: string): boolean {
    return this.#rows.isRequestPending(property);
  }

  /** Has `resolve` called with the next commit; asks for one. */
  whenCommitted(resolve: () => void): void {
    this.#rows.whenCommitted(resolve);
  }

  /** The rows to write, as they are now. */
  change(): TwinChange {
    return this.#rows.change();
  }

  /** What `change` gave last is on disk now. */
  committed(): Committed {
    return this.#rows.committed();
  }

  /** What is on disk. */
  shown(): Shown {
    return this.#rows.shown(this.#properties.keys());
  }

  #floorOf(name: string): number {
    return Object.hasOwn(this.#floors, name) ? (this.#floors[name] ?? 0) : 0;
  }

  #assignProperty(before: DeviceProperty | undefined, property: DeviceProperty, now: Now): void {
    const { name, type, unit, reportToCloud } = property;
    const row = this.#rows.reported.get(name);
    const floor = Math.max(this.#floorOf(name), row?.reported.version ?? 0);
    if (row === undefined || (before !== undefined && before.type !== type)) {
      this.#putReported(property, { reported: unread({ at: now.at, floor }), changed: "quality" }, now);
    } else if (floor > row.reported.version) {
      this.#putReported(property, { reported: { ...row.reported, version: floor + 1 }, changed: "quality" }, now);
    } else if (reportToCloud && (row.rev === 0 || (before !== undefined && before.unit !== unit))) {
      this.#rows.putReported(name, { ...row, held: false, rev: this.#rows.nextRev() });
    }
  }

  #removeProperty(name: string): void {
    const row = this.desired(name);
    const ended = row && advance(row, { state: "superseded", message: "the device has no such property any more" });
    if (ended) this.#rows.tellDesired(name, ended.told);
    this.#rows.remove(name);
  }

  #markAllStale(reason: string, now: Now): void {
    for (const [name, row] of this.#rows.reported) {
      const property = this.#properties.get(name);
      if (property !== undefined) this.#putReported(property, markStale(row.reported, reason), now);
    }
  }

  #putReported(property: DeviceProperty, { reported, changed }: Merged, now: Now): void {
    const row = this.#rows.reported.get(property.name);
    if (changed !== "freshness") this.#putChanged(property, reported, turnOf(changed, property, { row, now }));
    else if (row !== undefined) this.#rows.renew(property.name, { ...row, reported });
    if (reported.quality === "good" && reported.value !== undefined) this.#observe(property.name, reported.value);
  }

  #putChanged({ name }: DeviceProperty, reported: Reported, turn: Turn): void {
    switch (turn.kind) {
      case "now": {
        const rev = this.#rows.nextRev();
        this.#rows.putReported(name, { reported, rev, held: false, nextAt: turn.nextAt }, reported);
        return;
      }
      case "held": {
        const rev = this.#rows.reported.get(name)?.rev ?? 0;
        this.#rows.putReported(name, { reported, rev, held: true, nextAt: turn.nextAt }, reported);
        this.#owner.onHeld(this, turn.nextAt);
        return;
      }
      case "never":
        this.#rows.putReported(name, { reported, rev: 0, held: false, nextAt: 0 }, reported);
    }
  }

  #observe(name: string, value: string): void {
    const before = this.#rows.desired.get(name);
    const after = before && observe(before.row, value);
    if (before === undefined || after === undefined) return;
    const isNews = before.row.diverged !== after.diverged;
    this.#rows.putDesired(name, after, isNews ? this.#rows.nextRev() : before.rev);
  }
}

function byName(spec: DeviceSpec): ReadonlyMap<string, DeviceProperty> {
  return new Map(spec.properties.map((property) => [property.name, property]));
}
