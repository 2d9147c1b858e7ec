import type { Clock } from "../../shared/kit/time.ts";
import type { DeviceKey } from "../../shared/model/device.ts";
import { packFrame } from "../../shared/wire/packFrame.ts";
import type { DeviceStatusReport } from "../../shared/wire/syncFrames.ts";
import { splitReport } from "./splitReport.ts";

/** What the edge holds of a device: the digest of its assignment, and the twin's revision. */
export interface Holding {
  readonly key: DeviceKey;
  readonly uid: string;
  readonly digest: string;
  readonly rev: number;
}

/** What the link needs of the edge's store. */
export interface OutboxStore {
  /** Made with the store: another one means that it was rebuilt, and that its revisions begin anew. */
  readonly id: string;
  /** Every assigned device. */
  holdings(): readonly Holding[];
  /**
   * All of a device's rows with a rev above `since` in one report (`since` and the device's rev in it); undefined if
   * there are none, or no such device.
   */
  statusSince(key: DeviceKey, since: number): DeviceStatusReport | undefined;
}

/** A longer report is cut. */
const PART_BYTES = 524_288;

interface OutboxParts {
  readonly store: OutboxStore;
  readonly clock: Clock;
  readonly onSent: (report: DeviceStatusReport) => void;
  readonly onTooLarge: (key: DeviceKey) => void;
}

/**
 * What the hub is still to be told. Which revision it holds it says itself in its hello, so nothing of this is kept
 * on disk; per device at most one report is on its way, and what changes meanwhile goes with the next.
 */
export class Outbox {
  readonly #parts: OutboxParts;
  readonly #acknowledged = new Map<DeviceKey, { readonly uid: string; readonly rev: number }>();
  readonly #news = new Set<DeviceKey>();
  readonly #onItsWay = new Map<DeviceKey, { readonly uid: string; readonly rev: number; readonly sentAt: number }>();
  /** Of a report that was cut, the parts that are not acknowledged. */
  readonly #rest = new Map<DeviceKey, readonly DeviceStatusReport[]>();

  constructor(parts: OutboxParts) {
    this.#parts = parts;
  }

  /** A new session: `held` is what the hub says it has. */
  begin(held: readonly { readonly key: DeviceKey; readonly uid: string; readonly rev: number }[]): void {
    for (const map of [this.#acknowledged, this.#news, this.#onItsWay, this.#rest]) map.clear();
    const revs = new Map(held.map(({ key, uid, rev }) => [key, { uid, rev }]));
    for (const { key, uid, rev } of this.#parts.store.holdings()) {
      const there = revs.get(key);
      // More than we ever said means that our disk went back in time: then all of it is news.
      if (there?.uid === uid && there.rev <= rev) this.#acknowledged.set(key, there);
      if (rev > (this.#acknowledged.get(key)?.rev ?? 0)) this.#news.add(key);
    }
  }

  /** The device's twin has changed. */
  add(key: DeviceKey): void {
    this.#news.add(key);
  }

  /** The device is gone. */
  forget(key: DeviceKey): void {
    for (const map of [this.#acknowledged, this.#news, this.#onItsWay, this.#rest]) map.delete(key);
  }

  /** The hub has stored what was on its way, up to `rev`; less than was sent means that it has no more than that. */
  acknowledge({ key, uid, rev }: { readonly key: DeviceKey; readonly uid: string; readonly rev: number }): void {
    const sent = this.#onItsWay.get(key);
    if (sent?.uid !== uid) return;
    this.#onItsWay.delete(key);
    this.#acknowledged.set(key, { uid, rev });
    const rest = rev < sent.rev ? [] : (this.#rest.get(key)?.slice(1) ?? []);
    if (rest.length === 0) this.#rest.delete(key);
    else this.#rest.set(key, rest);
    if (rest.length > 0 || rev < sent.rev) this.#news.add(key);
  }

  /**
   * Reports that were not answered for so long go again; gives their number. Parts do not: their answers look alike,
   * so only a new session can tell which of them arrived.
   */
  repeatAfter(ms: number): number {
    const before = this.#parts.clock.monotonic() - ms;
    const late = [...this.#onItsWay].filter(([key, { sentAt }]) => sentAt <= before && !this.#rest.has(key));
    for (const [key] of late) {
      this.#onItsWay.delete(key);
      this.#news.add(key);
    }
    return late.length;
  }

  /** The next frame; undefined if there is no news, or all that is waits for an answer first. */
  next(): string | undefined {
    const { clock, onSent, onTooLarge } = this.#parts;
    const packed = new Map<DeviceKey, DeviceStatusReport>();
    const waiting = [...this.#news].filter((key) => !this.#onItsWay.has(key));
    const { frame, taken, tooLarge } = packFrame("status", waiting, (key) => {
      const report = this.#reportOf(key);
      if (report !== undefined) packed.set(key, report);
      return report;
    });
    for (const key of taken) {
      this.#news.delete(key);
      const report = packed.get(key);
      if (report === undefined || tooLarge.includes(key)) continue;
      this.#onItsWay.set(key, { uid: report.uid, rev: report.rev, sentAt: clock.monotonic() });
      onSent(report);
    }
    for (const key of tooLarge) {
      this.#rest.delete(key);
      onTooLarge(key);
    }
    return frame;
  }

  #reportOf(key: DeviceKey): DeviceStatusReport | undefined {
    const [part] = this.#rest.get(key) ?? [];
    if (part !== undefined) return part;
    const { store } = this.#parts;
    const acknowledged = this.#acknowledged.get(key);
    let report = store.statusSince(key, acknowledged?.rev ?? 0);
    // Another device has the name now.
    if (acknowledged && report && report.uid !== acknowledged.uid) report = store.statusSince(key, 0);
    if (report === undefined || Buffer.byteLength(JSON.stringify(report)) <= PART_BYTES) return report;
    const parts = splitReport(report, PART_BYTES);
    this.#rest.set(key, parts);
    return parts[0];
  }
}
