import type { DeviceStatusStatus } from "../../shared/model/resources/deviceStatus.ts";

/** A DeviceStatus object as it is in the API. */
export interface WrittenStatus {
  readonly uid: string;
  readonly status: DeviceStatusStatus;
}
