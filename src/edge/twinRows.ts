import type { DeviceKey } from "../shared/model/device.ts";
import type { Acceptance, Desired, Reported, StateReport } from "../shared/model/twin.ts";
import type { ValueText } from "../shared/model/value.ts";

/**
 * A device's twin as DeviceTwin thinks of it and the store keeps it. `rev` of a row is the device's revision at which
 * the row last became news for the cloud; 0 if it never did. What has a rev above the acknowledged one is still to be
 * sent up.
 */
export interface ReportedRow {
  readonly reported: Reported;
  readonly rev: number;
  /** Changed too soon after the last report (reportCycleMs): gets its rev when its time has come. */
  readonly held: boolean;
}

/** The newest desired change of a property, and how the device stands to it. */
export interface DesiredRow {
  readonly desired: Desired;
  /** Verified, and the device says something else now. */
  readonly diverged: boolean;
  /** What the device said when the change was verified: differs from `desired.value` where its resolution is coarser. */
  readonly applied?: ValueText;
  /** When its time to live ends. */
  readonly deadline?: Deadline;
  /** The spec does not want it any more. */
  readonly withdrawn: boolean;
}

/** A point of the machine's time since boot (BootTime). */
export interface Deadline {
  readonly boot: string;
  readonly upMs: number;
}

/** A row with the revision at which it last became news for the cloud. */
export interface Numbered<T> {
  readonly row: T;
  readonly rev: number;
}

/** All that is known of one device. */
export interface TwinRows {
  readonly uid: string;
  readonly rev: number;
  readonly state?: Numbered<StateReport>;
  readonly acceptance?: Numbered<Acceptance>;
  readonly reported: ReadonlyMap<string, ReportedRow>;
  readonly desired: ReadonlyMap<string, Numbered<DesiredRow>>;
}

/** What one commit changes of one device; whole rows. */
export interface TwinChange {
  readonly key: DeviceKey;
  readonly uid: string;
  /** The device's revision from now on. */
  readonly rev: number;
  /** Forget everything of this key first: another device had it. */
  readonly replaces: boolean;
  readonly state?: Numbered<StateReport>;
  readonly acceptance?: Numbered<Acceptance>;
  readonly reported: ReadonlyMap<string, ReportedRow>;
  readonly desired: ReadonlyMap<string, Numbered<DesiredRow>>;
  /** Properties that the device does not have any more. */
  readonly removed: readonly string[];
}
