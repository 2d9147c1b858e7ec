import type { DeviceState } from "./device.ts";
import type { ValueText } from "./value.ts";

/** Whether a value can be trusted: `bad`: the last read failed; `stale`: nobody has read it since. */
export const QUALITIES = ["good", "uncertain", "bad", "stale"] as const;
export type Quality = (typeof QUALITIES)[number];

/** What a device last said of one property. */
export interface Reported {
  /** Absent: never read, or not a number. */
  readonly value?: ValueText;
  readonly quality: Quality;
  /** CamelCase word where quality is not good, else "". */
  readonly reason: string;
  /** When the edge saw this value, epoch ms. Equal values renew it; only a change raises `version`. */
  readonly at: number;
  /** Epoch ms, where the device or its server says when. */
  readonly sourceTimestamp?: number;
  /** Rises by one per change of value, quality or reason; never goes back, not even when the store was rebuilt. */
  readonly version: number;
}

/**
 * Where a desired change stands in the order of all changes of its property. Changes of the spec are numbered by the
 * device controller; a local one (MQTT set) counts on from the last spec change its edge has seen. A higher `spec`
 * always wins, then a higher `local`: so a spec change wins over a local set whatever the clocks say.
 */
export interface ChangeOrder {
  readonly spec: number;
  readonly local: number;
}

/** "3" for a change of the spec, "3.1" for the first local one after it. */
export const orderText = ({ spec, local }: ChangeOrder): string => (local === 0 ? `${spec}` : `${spec}.${local}`);

/** Below 0 if `a` is the older change. */
export const compareOrder = (a: ChangeOrder, b: ChangeOrder): number => a.spec - b.spec || a.local - b.local;

/**
 * A desired change on its way: requested → sent → written → verified | mismatch | rejected | expired | superseded.
 * `requested`: numbered and on disk; `sent`: its edge has it on disk; `written`: the device took it;
 * `verified`: the device was read back and says so. After an end state nothing is written until the next change.
 */
export const DESIRED_STATES = [
  "requested",
  "sent",
  "written",
  "verified",
  "mismatch",
  "rejected",
  "expired",
  "superseded",
] as const;
export type DesiredState = (typeof DESIRED_STATES)[number];

/** The steps a change may take; a table, so that it is tested as one. A late or repeated step backwards is ignored. */
export const DESIRED_STEPS: Readonly<Record<DesiredState, readonly DesiredState[]>> = {
  requested: ["sent", "written", "verified", "mismatch", "rejected", "expired", "superseded"],
  sent: ["written", "verified", "mismatch", "rejected", "expired", "superseded"],
  written: ["verified", "mismatch", "rejected", "superseded"],
  verified: [],
  mismatch: [],
  rejected: [],
  expired: [],
  superseded: [],
};

/** Whether a change in this state takes no further step. */
export const isFinal = (state: DesiredState): boolean => DESIRED_STEPS[state].length === 0;

/** Who asked: the Device's spec, or somebody at the edge over MQTT. */
export type DesiredOrigin = "spec" | "mqtt";

/** One desired change of one property, with where it stands. */
export interface Desired {
  readonly value: ValueText;
  readonly order: ChangeOrder;
  readonly origin: DesiredOrigin;
  /** When it was first seen, epoch ms, by the clock of who numbered it. */
  readonly requestedAt: number;
  readonly state: DesiredState;
  /** CamelCase word where the state needs one (OutOfRange, Diverged …), else "". */
  readonly reason: string;
  /** A sentence for people, else "". */
  readonly message: string;
}

/** The two sides of one property; a side that was never there is absent. */
export interface TwinProperty {
  readonly reported?: Reported;
  readonly desired?: Desired;
}

/** The device as a whole. `since` is when `state` or `reason` last changed, epoch ms. */
export interface StateReport {
  readonly state: DeviceState;
  readonly reason: string;
  /** A sentence for people, else "". */
  readonly message: string;
  readonly since: number;
  /** Epoch ms of the last successful exchange; absent if there was none. */
  readonly lastOnline?: number;
}

/** Whether a mapper can serve the device as it is configured; decided at the edge, shown as condition `Accepted`. */
export interface Acceptance {
  readonly accepted: boolean;
  /** Accepted, ExternalMapper, ConfigInvalid, LineConflict, MapperFailed, PartlyAccepted … */
  readonly reason: string;
  /** Paths and what is wrong with each; unknown keys by name. */
  readonly message: string;
}
