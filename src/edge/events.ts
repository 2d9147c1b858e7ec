import type { DeviceKey, DeviceSpec, DeviceState } from "../shared/model/device.ts";
import type {
  Acceptance,
  ChangeOrder,
  Desired,
  DesiredOrigin,
  DesiredState,
  Reported,
  StateReport,
} from "../shared/model/twin.ts";
import type { Reading } from "../shared/wire/mapperMessages.ts";
import type { Assignment, HubFrame } from "../shared/wire/syncFrames.ts";

/** Facts inside the edge: noun.pastParticiple, one payload each. Who tells → who listens. Handlers are synchronous. */
export interface EdgeEvents {
  /** EdgeHub → MetaManager: the hub's word on a device, not yet on disk. */
  "assignment.received": { readonly assignment: Assignment };
  /** EdgeHub → MetaManager: the node no longer has the device. */
  "assignment.withdrawn": { readonly key: DeviceKey; readonly uid: string };
  /** MetaManager (and, at the start, from disk) → DeviceTwin, MapperHost, EventBus: on disk. `fresh`: its spec is new or changed. */
  "device.assigned": { readonly assignment: Assignment; readonly fresh: boolean };
  /** MetaManager → everybody: off the disk. */
  "device.removed": { readonly key: DeviceKey; readonly uid: string; readonly spec: DeviceSpec };
  /** MetaManager → EdgeHub: on disk, so the hub may be told. */
  "assignment.stored": { readonly key: DeviceKey; readonly uid: string; readonly digest: string };

  /** MapperHost, EventBus (third-party mapper) → DeviceTwin. */
  "twin.reported": {
    readonly key: DeviceKey;
    readonly uid?: string;
    readonly at: number;
    readonly readings: readonly Reading[];
  };
  /** MapperHost → DeviceTwin. */
  "device.stateReported": {
    readonly key: DeviceKey;
    readonly uid?: string;
    readonly state: DeviceState;
    readonly reason: string;
    readonly message: string;
    readonly at: number;
  };
  /** MapperHost → DeviceTwin. */
  "device.judged": { readonly key: DeviceKey; readonly uid: string; readonly acceptance: Acceptance };
  /** MapperHost, EventBus (third-party mapper) → DeviceTwin: how far a write came. */
  "desired.progressed": {
    readonly key: DeviceKey;
    readonly uid: string;
    readonly property: string;
    readonly order: ChangeOrder;
    readonly state: DesiredState;
    readonly reason: string;
    readonly message: string;
  };

  /** DeviceTwin → EventBus (MQTT), EdgeHub (outbox): on disk. What is listed has changed. */
  "twin.changed": {
    readonly key: DeviceKey;
    readonly uid: string;
    readonly rev: number;
    readonly reported: readonly { readonly property: string; readonly reported: Reported }[];
    readonly desired: readonly { readonly property: string; readonly desired: Desired }[];
    readonly state?: StateReport;
  };
  /** DeviceTwin → MapperHost, EventBus (third-party mapper): on disk; open, so it should be written (or verified, if `state` is written). */
  "desired.requested": {
    readonly key: DeviceKey;
    readonly uid: string;
    readonly property: string;
    readonly value: string;
    readonly order: ChangeOrder;
    readonly origin: DesiredOrigin;
    readonly state: DesiredState;
    readonly timeLeftMs?: number;
  };

  /** EdgeHub → whoever shows it. */
  "hub.connected": { readonly url: string; readonly hello: Extract<HubFrame, { kind: "hub.hello" }> };
  "hub.disconnected": { readonly url: string; readonly reason: string };
}
