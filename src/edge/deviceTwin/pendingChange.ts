import type { Desired, Reported, StateReport } from "../../shared/model/twin.ts";
import type { DesiredRow, Numbered, ReportedRow } from "../twinRows.ts";

/** What of a device has changed since its last commit. Rows are named here, and read when they are written. */
export class PendingChange {
  /** Set once something became news for the cloud. */
  rev: number | undefined;
  replaces = false;
  acceptanceChanged = false;
  readonly reported = new Set<string>();
  readonly desired = new Set<string>();
  readonly removed = new Set<string>();

  /** What to tell once it is on disk: of a property the newest value, of desired changes every step. */
  readonly toldReported = new Map<string, Reported>();
  readonly toldDesired: { readonly property: string; readonly desired: Desired }[] = [];
  readonly requested = new Set<string>();
  readonly waiting: (() => void)[] = [];

  /** What is on disk, of the rows above: nothing else is shown until the commit. */
  readonly reportedOnDisk = new Map<string, ReportedRow | undefined>();
  readonly desiredOnDisk = new Map<string, Numbered<DesiredRow> | undefined>();
  stateOnDisk: StateReport | undefined;
}
