import type { DeviceKey } from "../../shared/model/device.ts";
import type { Assignment, DeviceStatusReport } from "../../shared/wire/syncFrames.ts";

/** What each node should hold; `ttlLeftMs` is that of the call. */
export interface Assignments {
  of(node: string): readonly Assignment[];
  get(node: string, key: DeviceKey): Assignment | undefined;
}

/** Where the reports of edges go. */
export interface StatusSink {
  /** Per device of the node the rev of this store that is in DeviceStatus. */
  held(node: string, store: string): readonly { readonly key: DeviceKey; readonly uid: string; readonly rev: number }[];
  /**
   * Resolves when the report is in the API. A Fault means that it is not, and that trying again at once would not help;
   * `state.stale` that it builds on a rev which `held` does not name.
   */
  receive(node: string, store: string, report: DeviceStatusReport): Promise<void>;
}
