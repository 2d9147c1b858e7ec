import { Fault, isFault } from "../../shared/kit/fault.ts";
import { type ChangeOrder, compareOrder } from "../../shared/model/twin.ts";
import { checkRange, parseValue, type Value, type ValueText } from "../../shared/model/value.ts";
import type { FromMapper, ToMapper } from "../../shared/wire/mapperMessages.ts";
import type { Driver } from "../driver.ts";
import type { ServedPoint } from "./judge.ts";
import { textOfValue } from "./readings.ts";
import { reasonOf } from "./reasons.ts";

export type WriteOrder = Extract<ToMapper, { kind: "write" }>;
type ProgressState = Extract<FromMapper, { kind: "progress" }>["state"];

/** How far a write came, as the edge is told. */
export interface Progress {
  readonly property: string;
  readonly order: ChangeOrder;
  readonly state: ProgressState;
  readonly reason: string;
  readonly message: string;
}

type WriteEnd = Pick<Progress, "state" | "reason" | "message">;

/** A write on its way. */
export interface PendingWrite {
  readonly property: string;
  readonly order: ChangeOrder;
  readonly text: ValueText;
  /** Monotonic; never written after that. */
  readonly expiresAt: number;
  /** What the point gets, and the text it shows once it has it; absent while its property cannot be served. */
  target?: { readonly served: ServedPoint; readonly value: Value; readonly expected: ValueText | undefined };
  /** The device has said that it took the value: it is read back, never written again. */
  written: boolean;
  /** It was sent at least once; if the line broke meanwhile, nobody knows what became of it. */
  tried: boolean;
  /** Monotonic: not tried before. */
  notBefore: number;
  /** Tries at what comes next that the device did not go along with. */
  attempts: number;
}

/**
 * The writes of one device: per property the newest order only. What a device cannot do for reasons of its
 * configuration waits, as what is offline waits; what is wrong with the value itself is rejected at once.
 */
export class WriteBook {
  readonly #pending = new Map<string, PendingWrite>();
  /** The end of the newest order of each property, for an edge that asks again. */
  readonly #ended = new Map<string, Progress>();
  readonly #driver: Driver;
  readonly #tell: (progress: Progress) => void;

  constructor(driver: Driver, tell: (progress: Progress) => void) {
    this.#driver = driver;
    this.#tell = tell;
  }

  /** Takes an order, unless a newer one is known. The same once more is answered once more. */
  take(order: WriteOrder, points: readonly ServedPoint[], now: number): void {
    const ended = this.#ended.get(order.property);
    const newest = this.#pending.get(order.property) ?? ended;
    const age = newest === undefined ? 1 : compareOrder(order.order, newest.order);
    if (age === 0 && ended !== undefined) this.#tell(ended);
    if (age <= 0) return;
    this.#ended.delete(order.property);
    const write: PendingWrite = {
      property: order.property,
      order: order.order,
      text: order.value,
      expiresAt: order.timeLeftMs === undefined ? Number.POSITIVE_INFINITY : now + order.timeLeftMs,
      written: order.verifyOnly,
      tried: false,
      notBefore: now,
      attempts: 0,
    };
    this.#pending.set(order.property, write);
    this.#aim(write, points);
  }

  /** After a change of the device: what is open is aimed at its property as it is now. */
  aimAll(points: readonly ServedPoint[]): void {
    for (const write of this.#pending.values()) this.#aim(write, points);
  }

  /** The first write that may be tried now. */
  next(now: number): PendingWrite | undefined {
    for (const write of this.#pending.values()) {
      if (write.target !== undefined && write.notBefore <= now) return write;
    }
    return undefined;
  }

  /** When something is to be done next, monotonic: a try (if the device is `reachable`) or an expiry. */
  nextAt({ reachable }: { readonly reachable: boolean }): number {
    let at = Number.POSITIVE_INFINITY;
    for (const write of this.#pending.values()) {
      if (reachable && write.target !== undefined) at = Math.min(at, write.notBefore);
      if (!write.written) at = Math.min(at, write.expiresAt);
    }
    return at;
  }

  /** Ends what has run out of time without having reached the device. */
  expire(now: number): void {
    for (const write of this.#pending.values()) {
      if (write.written || write.expiresAt > now) continue;
      const message = write.tried
        ? "its time ran out before the device confirmed it: the line broke while it was being written"
        : "its time ran out before it could be written";
      this.end(write, { state: "expired", reason: "Expired", message });
    }
  }

  /** Says that the device took the value, before it is read back: so a restart verifies and does not repeat. */
  markWritten(write: PendingWrite): void {
    write.written = true;
    write.attempts = 0;
    const { property, order } = write;
    if (this.isOpen(write)) this.#tell({ property, order, state: "written", reason: "", message: "" });
  }

  /** Tells how a write ended, and forgets it. */
  end(write: PendingWrite, end: WriteEnd): void {
    if (!this.isOpen(write)) return; // a newer one has come meanwhile, and only that counts
    this.#pending.delete(write.property);
    const progress = { property: write.property, order: write.order, ...end };
    this.#ended.set(write.property, progress);
    this.#tell(progress);
  }

  /** Whether the write still counts: not ended, and no newer order has come. */
  isOpen(write: PendingWrite): boolean {
    return this.#pending.get(write.property) === write;
  }

  #aim(write: PendingWrite, points: readonly ServedPoint[]): void {
    const served = points.find(({ property }) => property.name === write.property);
    delete write.target;
    if (served === undefined) return;
    try {
      write.target = { served, ...targetOf(this.#driver, served, write.text) };
    } catch (error) {
      if (!isFault(error)) throw error;
      this.end(write, { state: "rejected", reason: reasonOf(error), message: error.message });
    }
  }
}

/** The value for the point, checked against type, access and range. Throws Faults that say what is wrong. */
function targetOf(
  driver: Driver,
  { property, point }: ServedPoint,
  text: ValueText,
): { value: Value; expected: ValueText | undefined } {
  if (property.accessMode === "ReadOnly") {
    const details = { reason: "ReadOnly" };
    throw new Fault("device.refused", `the model says that ${property.name} is ReadOnly`, { details });
  }
  const value = parseValue(text, property.type);
  checkRange(value, property);
  return { value, expected: textOfValue(driver.nearest(point, value), property.type) };
}
