import type { Condition } from "../../src/shared/model/resources/condition.ts";
import type { DeviceResource } from "../../src/shared/model/resources/device.ts";
import type { DeviceStatusReport } from "../../src/shared/wire/syncFrames.ts";

/** The Device of the cloud's tests: `pump` of model `pump-model` on node `edge-1`, in namespace default. */
export const KEY = "default/pump";
const apiVersion = "devices.kubeedge.io/v1beta1";
export const model = {
  apiVersion,
  kind: "DeviceModel",
  metadata: { name: "pump-model" },
  spec: {
    properties: [
      {
        name: "temperature",
        type: "DOUBLE",
        accessMode: "ReadOnly",
        unit: "Cel",
        visitors: { protocolName: "modbus", configData: { register: "InputRegister", offset: 0, limit: 1 } },
      },
      { name: "setpoint", type: "INT", minimum: "0", maximum: "100" },
    ],
  },
};
export const device = {
  apiVersion,
  kind: "Device",
  metadata: { name: "pump" },
  spec: {
    deviceModelRef: { name: "pump-model" },
    nodeName: "edge-1",
    protocol: { protocolName: "modbus", configData: { ip: "127.0.0.1", port: "5020", slaveID: 1 } },
    properties: [
      // temperature needs no word here: the model says where it lies.
      { name: "setpoint", visitors: { configData: { register: "HoldingRegister", offset: 0, limit: 1 } } },
    ],
  },
};

/** What its edge says of it at first, all of rev 1; `over` for what a test wants otherwise. */
export const report = (uid: string, over: Partial<DeviceStatusReport> = {}): DeviceStatusReport => ({
  key: KEY,
  uid,
  since: 0,
  rev: 1,
  state: { state: "online", reason: "", message: "", since: 1_767_225_600_000, lastOnline: 1_767_225_600_000 },
  acceptance: { accepted: true, reason: "Accepted", message: "" },
  reported: [
    {
      property: "temperature",
      type: "DOUBLE",
      unit: "Cel",
      value: "21.5",
      quality: "good",
      reason: "",
      at: 1_767_225_600_123,
      version: 7,
    },
  ],
  desired: [],
  ...over,
});

export const conditionOf = (object: DeviceResource | undefined, type: string): Condition | undefined =>
  object?.status?.conditions?.find((condition) => condition.type === type);
