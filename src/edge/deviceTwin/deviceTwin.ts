import type { Bus } from "../../shared/kit/bus.ts";
import { Fault } from "../../shared/kit/fault.ts";
import type { Service } from "../../shared/kit/lifecycle.ts";
import type { Clock } from "../../shared/kit/time.ts";
import type { DeviceKey, DeviceSpec, DeviceState } from "../../shared/model/device.ts";
import type { ChangeOrder } from "../../shared/model/twin.ts";
import { compareOrder } from "../../shared/model/twin.ts";
import type { ValueText } from "../../shared/model/value.ts";
import type { Assignment } from "../../shared/wire/syncFrames.ts";
import type { BootTime } from "../bootTime.ts";
import type { EdgeEvents } from "../events.ts";
import type { TwinChange, TwinRows } from "../twinRows.ts";
import { checkWanted } from "./checkWanted.ts";
import {
  advance,
  type BootPoint,
  expire,
  isOpen,
  takeLocalChange,
  takeSpecChange,
  timeLeft,
  withdraw,
} from "./desired.ts";
import { DueQueue } from "./dueQueue.ts";
import type { Committed, Shown } from "./liveRows.ts";
import { type Now, TwinRecord } from "./twinRecord.ts";

/** What DeviceTwin needs of the disk; edge/store has it. */
interface TwinStore {
  load(key: DeviceKey): TwinRows | undefined;
  save(change: TwinChange): void;
  remove(key: DeviceKey): void;
}

interface Commits {
  /** Set while nothing can be written. */
  readonly failing: Fault | undefined;
  add(write: { apply(): void; committed?(): void; tell?(): void }): void;
  settled(): Promise<void>;
}

interface DeviceTwinParts {
  readonly bus: Bus<EdgeEvents>;
  readonly store: TwinStore;
  readonly commits: Commits;
  readonly clock: Clock;
  readonly boot: BootTime;
  /** Counts readings that name no property of their device. */
  readonly onUnknownProperties: (key: DeviceKey, count: number) => void;
}

type Requested = EdgeEvents["desired.requested"];

/** The mapper has the deadline, too, and may be writing at it: its word is waited for before a change is given up. */
const EXPIRY_GRACE_MS = 1000;

/**
 * Desired against reported, for every device of the node. Twins live in memory; each change is on disk before anybody
 * hears of it, and reaches the disk with whatever else changed in the same turn.
 */
export class DeviceTwin implements Service {
  readonly name = "deviceTwin";
  readonly #parts: DeviceTwinParts;
  readonly #records = new Map<DeviceKey, TwinRecord>();
  /** Removed, and still on disk until the next commit. */
  readonly #leaving = new Set<DeviceKey>();
  readonly #stopped = new AbortController();
  readonly #held: DueQueue<DeviceKey>;
  readonly #expiries: DueQueue<DeviceKey>;

  constructor(parts: DeviceTwinParts) {
    this.#parts = parts;
    const { clock } = parts;
    const { signal } = this.#stopped;
    this.#held = new DueQueue({ clock, signal, onDue: (key) => this.#records.get(key)?.release(this.#now()) });
    this.#expiries = new DueQueue({ clock, signal, onDue: (key) => this.#expireDue(key) });
  }

  async start(): Promise<void> {
    const { bus } = this.#parts;
    const { signal } = this.#stopped;
    bus.on("device.assigned", ({ assignment }) => this.#assign(assignment), signal);
    bus.on("device.removed", ({ key, uid }) => this.#remove(key, uid), signal);
    bus.on("twin.reported", (event) => this.#report(event), signal);
    bus.on("device.stateReported", (event) => this.#find(event)?.setState(event, this.#now(event.at)), signal);
    bus.on("device.judged", (event) => this.#find(event)?.judge(event.acceptance), signal);
    bus.on("desired.progressed", (event) => this.#progress(event), signal);
  }

  /** The store is closed later, and writes what is waiting. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    for (const record of this.#records.values()) record.saveFreshness();
  }

  /** What is on disk of a device; undefined if the node does not have it. */
  twin(key: DeviceKey): (Shown & { readonly spec: DeviceSpec }) | undefined {
    const record = this.#records.get(key);
    return record && { spec: record.spec, ...record.shown() };
  }

  /** How many of the node's devices are in each state. */
  countByState(): Readonly<Record<DeviceState, number>> {
    const counts = { online: 0, offline: 0, unhealthy: 0, unknown: 0 };
    for (const record of this.#records.values()) counts[record.shown().state.state]++;
    return counts;
  }

  /** The device's changes that are still to be written or verified. */
  open(key: DeviceKey): readonly Requested[] {
    const record = this.#records.get(key);
    if (record === undefined) return [];
    return record.desiredProperties().flatMap((property) => this.#requestOf(record, property) ?? []);
  }

  /** Resolves when everything that was reported until now is on disk. */
  settled(): Promise<void> {
    return this.#parts.commits.settled();
  }

  /**
   * A wish from the edge itself. Resolves when it is on disk, with the number by which `twin.changed` tells how it
   * goes on. Throws `data.unknown`, `data.readOnly`, `data.wrongType`, `data.outOfRange`; `state.storeFull` while the
   * disk is full.
   */
  set(
    key: DeviceKey,
    property: string,
    value: ValueText,
    { ttlMs }: { readonly ttlMs?: number } = {},
  ): Promise<ChangeOrder> {
    return new Promise((resolve) => {
      const record = this.#records.get(key);
      const found = record?.property(property);
      if (record === undefined) throw new Fault("data.unknown", `device ${key} is not assigned to this node`);
      if (found === undefined) throw new Fault("data.unknown", `device ${key} has no property ${property}`);
      const text = checkWanted(value, found);
      if (this.#parts.commits.failing !== undefined) throw this.#parts.commits.failing;
      const wish = { value: text, at: this.#parts.clock.now(), ttlMs };
      const step = takeLocalChange(record.desired(property), wish, this.#bootPoint());
      record.step(property, step, { request: isOpen(step.row) });
      record.whenCommitted(() => resolve(step.row.desired.order));
      this.#watchExpiry(record);
    });
  }

  #assign({ spec, desired, versions }: Assignment): void {
    const record = this.#recordOf(spec);
    const now = this.#bootPoint();
    record.assign(spec, versions, this.#now());
    const wanted = new Set<string>();
    for (const change of desired) {
      const property = record.property(change.property);
      if (property === undefined) continue;
      wanted.add(change.property);
      const step = takeSpecChange(record.desired(change.property), change, { now, type: property.type });
      if (step) record.step(change.property, step, { request: isOpen(step.row) });
    }
    for (const property of record.desiredProperties()) {
      const row = record.desired(property);
      const step = row && !wanted.has(property) ? withdraw(row) : undefined;
      if (step) record.step(property, step, { request: false });
    }
    this.#watchExpiry(record);
  }

  /** The record of a device; made from the disk if this process has not seen the device yet. */
  #recordOf(spec: DeviceSpec): TwinRecord {
    const { store, commits } = this.#parts;
    const known = this.#records.get(spec.key);
    if (known?.uid === spec.uid) return known;
    const record = new TwinRecord({
      spec,
      rows: this.#leaving.has(spec.key) ? undefined : store.load(spec.key),
      now: this.#now(),
      owner: {
        onHeld: ({ key }, at) => this.#held.set(key, at),
        onChange: (changed) => {
          let committed: Committed | undefined;
          commits.add({
            apply: () => store.save(changed.change()),
            committed: () => {
              committed = changed.committed();
              for (const resolve of committed.waiting) resolve();
            },
            tell: () => committed && this.#tell(changed, committed),
          });
        },
      },
    });
    this.#records.set(spec.key, record);
    this.#resume(record);
    return record;
  }

  /** After a restart: what has run out meanwhile ends, what is still open is asked for again. */
  #resume(record: TwinRecord): void {
    const now = this.#bootPoint();
    for (const property of record.desiredProperties()) {
      const row = record.desired(property);
      if (row === undefined || !isOpen(row)) continue;
      const expired = expire(row, now);
      record.step(property, expired ?? { row, told: [] }, { request: expired === undefined });
    }
  }

  #remove(key: DeviceKey, uid: string): void {
    const { commits, store } = this.#parts;
    if (this.#records.get(key)?.uid !== uid) return;
    this.#records.delete(key);
    this.#held.delete(key);
    this.#expiries.delete(key);
    this.#leaving.add(key);
    commits.add({ apply: () => store.remove(key), committed: () => this.#leaving.delete(key) });
  }

  #report({ key, uid, at, readings }: EdgeEvents["twin.reported"]): void {
    const record = this.#find({ key, uid });
    if (record === undefined) return;
    const unknown = record.report(readings, this.#now(at));
    if (unknown > 0) this.#parts.onUnknownProperties(key, unknown);
    // Third-party mappers often report values and no states. Paused devices stay what they are.
    const silent = record.state.state === "unknown" && record.state.reason !== "Paused";
    if (silent && record.acceptance?.reason === "ExternalMapper") {
      record.setState({ state: "online", reason: "", message: "" }, this.#now(at));
    }
  }

  #progress(event: EdgeEvents["desired.progressed"]): void {
    const record = this.#find(event);
    const row = record?.desired(event.property);
    if (record === undefined || row === undefined || compareOrder(row.desired.order, event.order) !== 0) return;
    const step = advance(row, event);
    if (step) record.step(event.property, step, { request: false });
  }

  /** The record that an event is about; undefined if it is about a device that is gone, whatever its name. */
  #find({ key, uid }: { readonly key: DeviceKey; readonly uid?: string }): TwinRecord | undefined {
    const record = this.#records.get(key);
    return uid === undefined || record?.uid === uid ? record : undefined;
  }

  #tell(record: TwinRecord, { changed, requested }: Committed): void {
    const { bus } = this.#parts;
    bus.emit("twin.changed", changed);
    if (this.#records.get(record.key) !== record) return;
    for (const property of requested) {
      const request = this.#requestOf(record, property);
      if (request) bus.emit("desired.requested", request);
    }
  }

  #requestOf(record: TwinRecord, property: string): Requested | undefined {
    const row = record.desired(property);
    // What is not on disk yet is told after its commit.
    if (row === undefined || !isOpen(row) || record.isRequestPending(property)) return undefined;
    const { value, order, origin, state } = row.desired;
    const timeLeftMs = row.deadline && state !== "written" ? timeLeft(row.deadline, this.#bootPoint()) : undefined;
    if (timeLeftMs === 0) return undefined;
    const limit = timeLeftMs === undefined ? {} : { timeLeftMs };
    return { key: record.key, uid: record.uid, property, value, order, origin, state, ...limit };
  }

  #watchExpiry(record: TwinRecord): void {
    const now = this.#bootPoint();
    let firstMs = Number.POSITIVE_INFINITY;
    for (const property of record.desiredProperties()) {
      const row = record.desired(property);
      if (row?.deadline === undefined || !isOpen(row) || row.desired.state === "written") continue;
      firstMs = Math.min(firstMs, timeLeft(row.deadline, now));
    }
    if (firstMs === Number.POSITIVE_INFINITY) this.#expiries.delete(record.key);
    else this.#expiries.set(record.key, this.#parts.clock.monotonic() + firstMs + EXPIRY_GRACE_MS);
  }

  #expireDue(key: DeviceKey): void {
    const record = this.#records.get(key);
    if (record === undefined) return;
    for (const property of record.desiredProperties()) {
      const row = record.desired(property);
      const step = row && expire(row, this.#bootPoint());
      if (step) record.step(property, step, { request: false });
    }
    this.#watchExpiry(record);
  }

  #now(at = this.#parts.clock.now()): Now {
    return { at, monotonic: this.#parts.clock.monotonic() };
  }

  #bootPoint(): BootPoint {
    const { boot } = this.#parts;
    return { boot: boot.id, upMs: boot.upMs() };
  }
}
