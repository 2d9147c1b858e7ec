import type { DeviceKey } from "../shared/model/device.ts";

/** Facts inside the cloud: noun.pastParticiple. Who tells → who listens. Handlers are synchronous. */
export interface CloudEvents {
  /** CloudHub → NodeController, StatusController: an edge has said hello; `session` tells its connections apart. */
  "edge.connected": {
    readonly node: string;
    readonly session: number;
    readonly store: string;
    readonly version: string;
    /** As `edge.hello` has it: a device whose rev the cloud holds has no news to wait for. */
    readonly devices: readonly { readonly key: DeviceKey; readonly uid: string; readonly rev: number }[];
  };
  /** CloudHub → NodeController: the link of that session is gone. */
  "edge.disconnected": {
    readonly node: string;
    readonly session: number;
    readonly reason: string;
    /** How long the edge had been silent before that was noticed, ms. */
    readonly silentMs: number;
  };
  /** NodeController → DeviceController: ask it for the node's presence. */
  "node.presenceChanged": { readonly node: string };
  /** StatusController → DeviceController: state, acceptance or a desired change is new, not only values. */
  "device.statusChanged": { readonly key: DeviceKey };
  /** DeviceController → CloudHub: what the book says of this device and node is new; ask the book. */
  "assignment.changed": { readonly node: string; readonly key: DeviceKey };
}
