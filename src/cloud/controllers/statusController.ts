import type { Bus } from "../../shared/kit/bus.ts";
import { Fault, isFault } from "../../shared/kit/fault.ts";
import type { Service } from "../../shared/kit/lifecycle.ts";
import type { Logger } from "../../shared/kit/logger.ts";
import { backoff, type Clock } from "../../shared/kit/time.ts";
import type { DeviceKey } from "../../shared/model/device.ts";
import type { DeviceStatusStatus } from "../../shared/model/resources/deviceStatus.ts";
import type { DeviceStatusReport } from "../../shared/wire/syncFrames.ts";
import type { CloudEvents } from "../events.ts";
import { Alarm } from "./alarm.ts";
import type { NumberedChange } from "./desired.ts";
import { isEqual, StatusEntry } from "./statusEntry.ts";
import {
  EMPTY_RECORD,
  type StatusRecord,
  withExpired,
  withNode,
  withNumbered,
  withProperties,
  withReport,
} from "./statusRecord.ts";
import { recordOf, statusOf } from "./statusText.ts";
import { type WriteLimits, WriteSchedule } from "./writeSchedule.ts";
import type { WrittenStatus } from "./writtenStatus.ts";

interface StatusWriter {
  write(
    owner: { readonly key: DeviceKey; readonly uid: string },
    content: { readonly before: WrittenStatus | undefined; readonly status: DeviceStatusStatus },
    signal: AbortSignal,
  ): Promise<WrittenStatus>;
}

interface StatusControllerParts {
  readonly writer: StatusWriter;
  /** The uid of the Device now; undefined if there is none. */
  readonly deviceUid: (key: DeviceKey) => string | undefined;
  /** The DeviceStatus of the Device of that uid, as the watch has it. */
  readonly find: (key: DeviceKey, deviceUid: string) => WrittenStatus | undefined;
  readonly keysOf: (node: string) => Iterable<DeviceKey>;
  readonly limits: WriteLimits;
  readonly bus: Bus<CloudEvents>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly counts: { written(): void; failed(): void };
}

/** So many requests are under way at a time. */
const MAX_WRITES = 32;
const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 30_000;
/** An API that is away is asked again at least so often, so that all is right within 10 s of its return. */
const MAX_OUTAGE_RETRY_MS = 5000;
/** Somebody deleted a DeviceStatus: mostly the garbage collector, whose news of the Device comes a moment later. */
const RECREATE_AFTER_MS = 1000;

/** The one writer of DeviceStatus: holds what each should say, and brings it to the API within the limits. */
export class StatusController implements Service {
  readonly name = "statusController";
  readonly #parts: StatusControllerParts;
  readonly #entries = new Map<DeviceKey, StatusEntry>();
  readonly #schedule: WriteSchedule<DeviceKey>;
  readonly #alarm: Alarm;
  readonly #writes = new Set<Promise<void>>();
  readonly #stopped = new AbortController();
  #loop: Promise<void> = Promise.resolve();

  constructor(parts: StatusControllerParts) {
    this.#parts = parts;
    this.#schedule = new WriteSchedule({ limits: parts.limits, maxTaken: MAX_WRITES });
    this.#alarm = new Alarm(parts.clock);
  }

  /** How many DeviceStatus objects wait to be written. */
  get depth(): number {
    return this.#schedule.depth;
  }

  async start(): Promise<void> {
    const { signal } = this.#stopped;
    this.#parts.bus.on("edge.connected", (edge) => this.#welcome(edge), signal);
    this.#loop = this.#run(signal);
  }

  async stop(): Promise<void> {
    this.#stopped.abort(new DOMException("the cloud is stopping", "AbortError"));
    await this.#loop;
    await Promise.all(this.#writes);
    for (const entry of this.#entries.values()) entry.fail(this.#stopped.signal.reason);
  }

  /** What is known of the Device of that uid; undefined before `adopt`. */
  record(key: DeviceKey): StatusRecord | undefined {
    return this.#entries.get(key)?.record;
  }

  /**
   * From now on the Device has a DeviceStatus, with these properties in this order (undefined: they are not known, so
   * all stay); `node` has the device, or "".
   */
  adopt(
    key: DeviceKey,
    {
      uid,
      node,
      properties,
    }: { readonly uid: string; readonly node: string; readonly properties: readonly string[] | undefined },
  ): StatusRecord {
    const entry = this.#entry(key, uid);
    const named = properties === undefined ? entry.record : withProperties(entry.record, properties);
    this.#change(key, entry, withNode(named, node), { urgent: false });
    return entry.record;
  }

  /** Numbers desired changes; resolves when the numbers are in the API, so that no other start gives them again. */
  async number(
    key: DeviceKey,
    uid: string,
    news: { readonly changes: readonly NumberedChange[]; readonly withdrawn: readonly string[] },
  ): Promise<void> {
    const entry = this.#entry(key, uid);
    this.#change(key, entry, withNumbered(entry.record, news), { urgent: true });
    await entry.persisted();
  }

  /** The time of a change ran out before its edge had heard of it. */
  expire(key: DeviceKey, property: string, version: number): void {
    const entry = this.#entries.get(key);
    if (entry) this.#change(key, entry, withExpired(entry.record, property, version), { urgent: false });
  }

  /** Nobody vouches for the device's values any more. */
  lose(key: DeviceKey, reason: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.record.store === "") return;
    this.#change(key, entry, { ...entry.record, lost: reason }, { urgent: false });
  }

  /** The Device is gone; its DeviceStatus goes with it by its owner reference. */
  forget(key: DeviceKey): void {
    const entry = this.#entries.get(key);
    this.#entries.delete(key);
    this.#schedule.forget(key);
    entry?.fail(new Fault("data.unknown", `Device ${key} is gone`));
  }

  /** The watch says that there is no DeviceStatus any more. */
  deleted(key: DeviceKey): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    entry.written = undefined;
    entry.touch();
    this.#schedule.add(key, { urgent: false, notBefore: this.#parts.clock.monotonic() + RECREATE_AFTER_MS });
    this.#alarm.ring();
  }

  /** Per device of the node, the rev of this store that is in the API. */
  held(
    node: string,
    store: string,
  ): readonly { readonly key: DeviceKey; readonly uid: string; readonly rev: number }[] {
    return [...this.#parts.keysOf(node)].flatMap((key) => {
      const entry = this.#entries.get(key);
      return entry === undefined || entry.writtenStore !== store
        ? []
        : [{ key, uid: entry.uid, rev: entry.writtenRev }];
    });
  }

  /**
   * Takes an edge's report; resolves when it is in the API. `data.unknown`: there is no such Device any more.
   * `state.stale`: the report builds on what is not held here; the edge has to start from what `held` says.
   */
  async receive(node: string, store: string, report: DeviceStatusReport): Promise<void> {
    const { key, uid, since, rev } = report;
    if (this.#parts.deviceUid(key) !== uid) {
      throw new Fault("data.unknown", `${node} reports ${key} of uid ${uid}, and there is no such Device`);
    }
    const entry = this.#entry(key, uid);
    const held = entry.record.store === store ? entry.record.rev : 0;
    if (since > held) {
      throw new Fault("state.stale", `${node} reports ${key} since rev ${since}, and rev ${held} is held`);
    }
    // A part of a long report does not raise the rev: `since` and `rev` are what is held.
    const isPart = rev === since && rev === held;
    // All that the edge has: its disk went back in time, and its rev with it.
    const isWhole = since === 0 && rev < held;
    if (rev > held || isPart || isWhole)
      this.#change(key, entry, withReport(entry.record, store, report), { urgent: false });
    else if (entry.record.lost !== "") this.#change(key, entry, { ...entry.record, lost: "" }, { urgent: false });
    await entry.persisted();
  }

  /** An edge is back: values of which it has nothing newer than we hold are good again; for the others its report comes. */
  #welcome({ store, devices }: CloudEvents["edge.connected"]): void {
    for (const { key, uid, rev } of devices) {
      const entry = this.#entries.get(key);
      if (entry === undefined || entry.uid !== uid || entry.record.lost === "") continue;
      if (entry.record.store === store && entry.record.rev === rev) {
        this.#change(key, entry, { ...entry.record, lost: "" }, { urgent: false });
      }
    }
  }

  #entry(key: DeviceKey, uid: string): StatusEntry {
    const before = this.#entries.get(key);
    if (before?.uid === uid) return before;
    before?.fail(new Fault("data.unknown", `Device ${key} was re-created`));
    const written = this.#parts.find(key, uid);
    const entry = new StatusEntry({ uid, written, record: written ? recordOf(written.status) : EMPTY_RECORD });
    this.#entries.set(key, entry);
    return entry;
  }

  #change(key: DeviceKey, entry: StatusEntry, record: StatusRecord, { urgent }: { readonly urgent: boolean }): void {
    const before = entry.record;
    const isNew = entry.set(record);
    if (!entry.isPending) return;
    this.#schedule.add(key, { urgent });
    this.#alarm.ring();
    // Values alone change no condition.
    if (isNew && !isEqual(newsOf(before), newsOf(record))) this.#parts.bus.emit("device.statusChanged", { key });
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    while (!signal.aborted) {
      for (;;) {
        const key = this.#schedule.take(clock.monotonic());
        if (key === undefined) break;
        const write = this.#write(key, signal);
        this.#writes.add(write);
        void write.finally(() => this.#writes.delete(write));
      }
      await this.#alarm.wait(this.#schedule.nextAt() - clock.monotonic(), signal);
    }
  }

  async #write(key: DeviceKey, signal: AbortSignal): Promise<void> {
    const { writer, deviceUid, counts, clock } = this.#parts;
    const entry = this.#entries.get(key);
    try {
      if (entry === undefined) return;
      if (deviceUid(key) !== entry.uid) return this.forget(key);
      const begun = entry.begin();
      const written = await writer.write(
        { key, uid: entry.uid },
        { before: entry.written, status: statusOf(begun.record) },
        signal,
      );
      entry.done(begun, written);
      counts.written();
    } catch (error) {
      if (signal.aborted || entry === undefined) return;
      counts.failed();
      this.#schedule.add(key, { urgent: false, notBefore: clock.monotonic() + this.#retryMs(key, entry, error) });
    } finally {
      this.#schedule.done(key);
      this.#alarm.ring();
    }
  }

  #retryMs(key: DeviceKey, entry: StatusEntry, error: unknown): number {
    const { random, log } = this.#parts;
    entry.retries ??= backoff({ firstMs: FIRST_RETRY_MS, maxMs: MAX_RETRY_MS, random });
    const isOutage = isFault(error, "link");
    const retryMs = Math.min(entry.retries.next().value, isOutage ? MAX_OUTAGE_RETRY_MS : MAX_RETRY_MS);
    // Our knowledge of the object may be wrong: the next try reads it anew.
    if (!isOutage) entry.written = undefined;
    log.warn("DeviceStatus not written", { device: key, error, retryMs: Math.round(retryMs) });
    return retryMs;
  }
}

const newsOf = ({ state, acceptance, desired, lost }: StatusRecord) => [state, acceptance, desired, lost];
