import type { DeviceKey, DeviceSpec } from "../../shared/model/device.ts";
import type { ChangeOrder, StateReport, TwinProperty } from "../../shared/model/twin.ts";
import type { ValueText } from "../../shared/model/value.ts";

/** What EventBus needs of DeviceTwin. */
export interface Twins {
  /** What is on disk of a device; undefined if the edge does not have it. */
  twin(key: DeviceKey): TwinView | undefined;
  /**
   * Asks for a value, which fits its property. Resolves with the change's number once it is on disk; how it ends is
   * told by `twin.changed`. Rejects with a `data` or `state` Fault.
   */
  set(key: DeviceKey, property: string, value: ValueText, options: { readonly ttlMs?: number }): Promise<ChangeOrder>;
  /** Resolves once everything that was told by events so far is on disk. */
  settled(): Promise<void>;
}

/** A device and what is on disk of it. */
export interface TwinView {
  readonly spec: DeviceSpec;
  readonly properties: Readonly<Record<string, TwinProperty>>;
  readonly state?: StateReport;
}
