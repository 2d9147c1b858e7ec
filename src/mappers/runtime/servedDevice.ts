import type { Fault } from "../../shared/kit/fault.ts";
import type { Logger } from "../../shared/kit/logger.ts";
import type { Clock } from "../../shared/kit/time.ts";
import { backoff } from "../../shared/kit/time.ts";
import type { DeviceSpec, DeviceState } from "../../shared/model/device.ts";
import type { FromMapper, Reading } from "../../shared/wire/mapperMessages.ts";
import type { Judgement, ServedPoint } from "./judge.ts";
import { type Poll, PollPlan } from "./pollPlan.ts";
import { reasonOf } from "./reasons.ts";
import type { WriteBook } from "./writeBook.ts";

/** One failed exchange may be an accident; the second in a row says that the device is away. */
const FAILURES_TO_AWAY = 2;
/** How often a device that is away is asked again, so that it does not starve its neighbours. */
const PROBE = { firstMs: 1000, maxMs: 10_000 };

export interface DeviceParts {
  readonly log: Logger;
  readonly clock: Clock;
  readonly random: () => number;
  readonly send: (message: FromMapper) => void;
}

/** One device on its line: what is due, whether it answers, and what the edge is told about it. No I/O. */
export class ServedDevice {
  readonly spec: DeviceSpec;
  /** The driver's half of the device. */
  readonly place: unknown;
  readonly points: readonly ServedPoint[];
  readonly writes: WriteBook;
  readonly #parts: DeviceParts;
  readonly #plan: PollPlan;
  #state: DeviceState = "unknown";
  #reason = "";
  #isRetired = false;
  #failures = 0;
  #probeAt = Number.POSITIVE_INFINITY;
  #probes: Generator<number, never>;

  constructor(
    spec: DeviceSpec,
    { device, points }: Extract<Judgement, { kind: "served" }>,
    { writes, ...parts }: DeviceParts & { readonly writes: WriteBook },
  ) {
    this.spec = spec;
    this.place = device;
    this.points = points;
    this.writes = writes;
    this.#parts = parts;
    this.#plan = new PollPlan(points, { now: parts.clock.monotonic(), random: parts.random });
    this.#probes = backoff({ ...PROBE, random: parts.random });
  }

  get isAway(): boolean {
    return this.#state === "offline";
  }

  /** When it wants to be asked next, monotonic; never while it is paused. */
  get dueAt(): number {
    if (this.spec.paused) return Number.POSITIVE_INFINITY;
    return this.isAway ? this.#probeAt : this.#plan.due;
  }

  /** When its writes want something next, monotonic. */
  get writesAt(): number {
    return this.writes.nextAt({ reachable: !this.isAway && !this.spec.paused });
  }

  /** What to read now; all of it if the device was away. */
  takePoll(now: number): Poll {
    return this.#plan.take(now, { everything: this.isAway });
  }

  /** A poll that began at `begun` was answered. Returns how many cycles went by unread. */
  polled(poll: Poll, begun: number, readings: readonly Reading[]): number {
    if (this.isAway) this.#plan.hasten(begun);
    this.answered();
    this.report(readings);
    return this.#plan.done(poll, begun);
  }

  /** Any answer, even a refusal, says that the device is there. */
  answered(): void {
    if (this.isAway) this.#probes = backoff({ ...PROBE, random: this.#parts.random });
    this.#failures = 0;
    this.#enter("online", "", "");
  }

  /** An exchange failed on the way: once may be an accident and is tried again, twice is away. */
  failed(fault: Fault): void {
    this.#failures += 1;
    if (this.isAway || this.#failures >= FAILURES_TO_AWAY) this.away(fault);
  }

  /** Not to be reached: its values are stale from now on. */
  away(fault: Fault): void {
    this.#probeAt = this.#parts.clock.monotonic() + this.#probes.next().value;
    const reason = reasonOf(fault);
    const isNews = this.#state !== "offline" || this.#reason !== reason;
    this.#enter("offline", reason, fault.message);
    if (isNews) this.#markStale(reason);
  }

  /** Its line works again, or somebody wants to know: to be asked now. */
  hasten(): void {
    this.#probeAt = this.#parts.clock.monotonic();
    this.#plan.hasten(this.#probeAt);
  }

  /** No traffic until further notice. */
  pause(): void {
    this.#enter("unknown", "Paused", "annotation edgeloom.io/paused is set");
    this.#markStale("Paused");
  }

  /** Replaced or forgotten: what is still under way for it is nobody's news. */
  retire(): void {
    this.#isRetired = true;
  }

  /** What was read just now. */
  report(readings: readonly Reading[]): void {
    if (readings.length === 0 || this.#isRetired) return;
    const { key, uid } = this.spec;
    this.#parts.send({ kind: "reported", key, uid, at: this.#parts.clock.now(), readings: [...readings] });
  }

  #markStale(reason: string): void {
    this.report(this.points.map(({ property }) => ({ property: property.name, quality: "stale", reason })));
  }

  #enter(state: DeviceState, reason: string, message: string): void {
    if (this.#isRetired || (this.#state === state && this.#reason === reason)) return;
    this.#parts.log.info("device state changed", { device: this.spec.key, state, reason });
    this.#state = state;
    this.#reason = reason;
    const { key, uid } = this.spec;
    this.#parts.send({ kind: "state", key, uid, state, reason, message, at: this.#parts.clock.now() });
  }
}
