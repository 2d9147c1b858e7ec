import { expect, test } from "vitest";
import { resolveDevice } from "../../../../src/cloud/controllers/resolve.ts";
import type { DeviceResource } from "../../../../src/shared/model/resources/device.ts";
import type { DeviceModelResource } from "../../../../src/shared/model/resources/deviceModel.ts";

const apiVersion = "devices.kubeedge.io/v1beta1";

function deviceWith(spec: Partial<DeviceResource["spec"]>, annotations: Record<string, string> = {}): DeviceResource {
  return {
    apiVersion,
    kind: "Device",
    metadata: { name: "d", namespace: "ns", uid: "u1", annotations },
    spec: { deviceModelRef: { name: "m" }, protocol: { protocolName: "modbus" }, ...spec },
  };
}

function modelWith(spec: DeviceModelResource["spec"]): DeviceModelResource {
  return { apiVersion, kind: "DeviceModel", metadata: { name: "m", namespace: "ns" }, ...(spec ? { spec } : {}) };
}

function resolved(device: DeviceResource, model: DeviceModelResource) {
  const resolution = resolveDevice(device, model);
  if (resolution.kind !== "resolved") throw new Error(resolution.message);
  return resolution;
}

const plain = modelWith({ properties: [{ name: "p", type: "INT" }] });

test("without a model, or with one that is not there, nothing is resolved and the path says why", () => {
  expect(resolveDevice(deviceWith({ deviceModelRef: { name: "" } }), undefined)).toMatchObject({ reason: "NoModel" });
  expect(resolveDevice(deviceWith({}), undefined)).toMatchObject({
    reason: "ModelMissing",
    message: "spec.deviceModelRef.name: there is no DeviceModel m in namespace ns; apply it",
  });
});

test("what a manifest leaves out has KubeEdge's defaults", () => {
  const { spec, problems, notes } = resolved(deviceWith({ properties: [{ name: "p" }] }), plain);
  expect(spec).toEqual({
    key: "ns/d",
    uid: "u1",
    protocol: { name: "modbus", config: {} },
    properties: [
      {
        name: "p",
        type: "INT",
        accessMode: "ReadWrite",
        collectCycleMs: 1000,
        reportCycleMs: 1000,
        reportToCloud: true,
      },
    ],
    methods: [],
    paused: false,
    reportState: true,
  });
  expect([problems, notes]).toEqual([[], []]);
});

test("the instance's keys win over the model's, key by key, and where the model has visitors it names the protocol", () => {
  const model = modelWith({
    protocol: "modbus",
    protocolConfigData: { baudRate: 9600, parity: "even" },
    properties: [
      {
        name: "p",
        type: "FLOAT",
        visitors: { protocolName: "modbus", configData: { register: "CoilRegister", limit: 1 } },
      },
      { name: "q", type: "FLOAT" },
    ],
  });
  const device = deviceWith({
    protocol: { protocolName: "modbus", configData: { baudRate: 19200 } },
    properties: [
      { name: "p", visitors: { protocolName: "other", configData: { limit: 2, offset: 7 } } },
      { name: "q", visitors: { protocolName: "other" } },
    ],
  });
  const { spec } = resolved(device, model);
  expect(spec.protocol.config).toEqual({ baudRate: 19200, parity: "even" });
  expect(spec.properties.map(({ visitor }) => visitor)).toEqual([
    { protocol: "modbus", config: { register: "CoilRegister", limit: 2, offset: 7 } },
    { protocol: "other", config: {} },
  ]);
});

test.each([
  [0, 1000],
  [undefined, 1000],
  [250, 250],
  [86_400_000, 86_400_000],
  [10_000_000_000, 10_000],
])("a cycle of %s is %s ms", (cycle, ms) => {
  const properties = [{ name: "p", collectCycle: cycle, reportCycle: cycle }];
  const [property] = resolved(deviceWith({ properties }), plain).spec.properties;
  expect([property?.collectCycleMs, property?.reportCycleMs]).toEqual([ms, ms]);
});

test("nanoseconds and push methods are noted, with where they stand", () => {
  const { notes } = resolved(
    deviceWith({
      properties: [{ name: "p", collectCycle: 10_000_000_000, pushMethod: { mqtt: { address: "tcp://x" } } }],
    }),
    plain,
  );
  expect(notes).toEqual([
    { kind: "Nanoseconds", message: expect.stringContaining("spec.properties[p].collectCycle 10000000000") },
    { kind: "PushMethodIgnored", message: expect.stringContaining("on p;") },
  ]);
});

test("a property that the model lacks or types as STREAM is left out and named; the rest runs", () => {
  const model = modelWith({
    properties: [
      { name: "p", type: "INT" },
      { name: "video", type: "STREAM" },
    ],
  });
  const { spec, problems } = resolved(
    deviceWith({ properties: [{ name: "p" }, { name: "video" }, { name: "typo" }] }),
    model,
  );
  expect(spec.properties.map(({ name }) => name)).toEqual(["p"]);
  expect(problems).toEqual([
    "spec.properties[video]: DeviceModel m gives it type STREAM",
    "spec.properties[typo]: DeviceModel m has no property of that name",
  ]);
});

test("limits, unit, paused and what stays at the edge come through", () => {
  const model = modelWith({ properties: [{ name: "p", type: "INT", minimum: "0", maximum: "", unit: "Cel" }] });
  const device = deviceWith(
    { properties: [{ name: "p", reportToCloud: false }], stateReport: { reportToCloud: false } },
    { "edgeloom.io/paused": "true" },
  );
  const { spec } = resolved(device, model);
  expect(spec).toMatchObject({
    paused: true,
    reportState: false,
    properties: [{ minimum: "0", unit: "Cel", reportToCloud: false }],
  });
  expect(spec.properties[0]).not.toHaveProperty("maximum");
});

test("a property whose place the model knows is there unnamed, and all come in the model's order", () => {
  const visitors = { configData: { offset: 1 } };
  const model = modelWith({
    properties: [
      { name: "a", type: "INT", visitors },
      { name: "b", type: "INT" },
      { name: "c", type: "INT" },
    ],
  });
  const { spec } = resolved(deviceWith({ properties: [{ name: "c" }] }), model);
  expect(spec.properties.map(({ name }) => name)).toEqual(["a", "c"]);
});
