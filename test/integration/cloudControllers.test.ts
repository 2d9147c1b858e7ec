import { afterEach, beforeEach, expect, test } from "vitest";
import { DEVICE_MODELS, DEVICE_STATUSES, DEVICES, EVENTS } from "../../src/cloud/cluster/resourcePath.ts";
import { type CloudRig, startCloud } from "../support/cloudRig.ts";
import { type RunningKube, startKube } from "../support/kubeServer.ts";
import { conditionOf, device, KEY, model, report } from "../support/pumpDevice.ts";

let kube: RunningKube;
let cloud: CloudRig;

beforeEach(async () => {
  kube = await startKube();
});
afterEach(async () => {
  await cloud.stop();
  await kube.stop();
});

async function begin() {
  cloud = await startCloud(kube.kubeconfigPath);
  await cloud.cluster.nodeWriter.enrolled("edge-1", { site: "demo" });
  await cloud.create(DEVICE_MODELS, model);
  await cloud.create(DEVICES, device);
  return await cloud.untilAssigned();
}

const connect = (devices: { key: typeof KEY; uid: string; rev: number }[] = [], session = 1) =>
  cloud.bus.emit("edge.connected", { node: "edge-1", session, store: "store-1", version: "test", devices });

test("a Device becomes an assignment, and what its edge reports becomes DeviceStatus and conditions", async () => {
  const { spec, digest } = await begin();
  expect(spec.properties.map(({ name, unit, collectCycleMs }) => [name, unit, collectCycleMs])).toEqual([
    ["temperature", "Cel", 1000],
    ["setpoint", undefined, 1000],
  ]);
  expect(digest).toMatch(/^[0-9a-f]{32}$/);
  await cloud.untilCondition("Connected", "NodeNeverConnected");
  connect();
  await cloud.controllers.statuses.receive("edge-1", "store-1", report(spec.uid));
  // receive() has resolved: it is in the API now, without any wait.
  const status = await cloud.untilStatus((now) => now?.state === "online");
  expect(status.status).toMatchObject({
    lastOnlineTime: "2026-01-01T00:00:00Z",
    summary: "temperature=21.5 Cel",
    twins: [
      {
        propertyName: "temperature",
        reported: {
          value: "21.5",
          metadata: { timestamp: "1767225600123", type: "DOUBLE", version: "7", quality: "good", unit: "Cel" },
        },
      },
    ],
  });
  const shown = await cloud.untilCondition("Connected", "Online");
  expect(shown.metadata.generation).toBe(1);
  expect(conditionOf(shown, "Assigned")).toMatchObject({ status: "True", reason: "Assigned" });
  expect(conditionOf(shown, "Accepted")).toMatchObject({ status: "True", reason: "Accepted" });
  expect(status.metadata.ownerReferences).toMatchObject([{ kind: "Device", name: "pump", uid: spec.uid }]);
  expect(cloud.controllers.statuses.held("edge-1", "store-1")).toEqual([{ key: KEY, uid: spec.uid, rev: 1 }]);
  expect(cloud.assignment()?.versions).toEqual({ temperature: 7 });
});

test("a desired change is numbered in DeviceStatus before its edge is told, once per change", async () => {
  await begin();
  const properties = (value: string) => ({
    spec: {
      properties: device.spec.properties.map((property) =>
        property.name === "setpoint" ? { ...property, desired: { value } } : property,
      ),
    },
  });
  let shown: string | undefined;
  cloud.bus.on(
    "assignment.changed",
    () => {
      const { desired } = cloud.controllers.statuses.record(KEY) ?? {};
      shown ??= desired?.["setpoint"]?.state;
    },
    new AbortController().signal,
  );
  await cloud.patch(DEVICES, "pump", properties("42"));
  const first = await cloud.untilAssigned(({ desired }) => desired.length === 1);
  expect(first.desired[0]).toMatchObject({ property: "setpoint", value: "42", spec: 1, state: "requested" });
  expect(shown).toBe("requested");
  await cloud.untilStatus((status) => status?.twins?.[0]?.observedDesired?.metadata?.["version"] === "1");
  await cloud.patch(DEVICES, "pump", properties("4200"));
  const second = await cloud.untilAssigned(({ desired }) => desired[0]?.spec === 2);
  expect(second.desired[0]).toMatchObject({ state: "rejected", reason: "OutOfRange" });
  const refused = await cloud.untilCondition("DesiredApplied", "OutOfRange");
  expect(conditionOf(refused, "DesiredApplied")?.message).toContain("spec.properties[setpoint].desired.value");
  await cloud.patch(DEVICES, "pump", properties(""));
  await cloud.untilAssigned(({ desired }) => desired.length === 0);
  await cloud.patch(DEVICES, "pump", properties("42"));
  await cloud.untilAssigned(({ desired }) => desired[0]?.spec === 3);
});

test("a set at the edge shows as LocalOverride until the spec changes again", async () => {
  const { spec } = await begin();
  connect();
  await cloud.controllers.statuses.receive(
    "edge-1",
    "store-1",
    report(spec.uid, {
      desired: [
        {
          property: "setpoint",
          value: "80",
          order: { spec: 0, local: 1 },
          origin: "mqtt",
          requestedAt: 1_767_225_600_000,
          state: "verified",
          reason: "",
          message: "",
          diverged: false,
        },
      ],
    }),
  );
  const shown = await cloud.untilCondition("LocalOverride", "SetAtTheEdge");
  expect(conditionOf(shown, "LocalOverride")?.message).toBe(
    "setpoint=80 by mqtt at 2026-01-01T00:00:00.000Z (change 0.1)",
  );
  const [setpoint] = device.spec.properties;
  await cloud.patch(DEVICES, "pump", {
    spec: { properties: [{ ...setpoint, desired: { value: "50" } }] },
  });
  await cloud.untilCondition("LocalOverride", "NoOverride");
  await cloud.untilCondition("DesiredApplied", "InProgress");
});

test("what is missing is a condition, and its coming is enough", async () => {
  cloud = await startCloud(kube.kubeconfigPath);
  await cloud.create(DEVICES, device);
  await cloud.untilCondition("Accepted", "ModelMissing");
  await cloud.create(DEVICE_MODELS, model);
  await cloud.untilCondition("Assigned", "NodeUnknown");
  await cloud.cluster.nodeWriter.enrolled("edge-1", { site: "demo" });
  await cloud.untilCondition("Assigned", "Assigned");
  await cloud.patch(DEVICES, "pump", { spec: { nodeName: null } });
  await cloud.untilCondition("Assigned", "NoNode");
  expect(cloud.assignment()).toBeUndefined();
  await cloud.until<{ items: { reason: string; source: { component: string } }[] }>(EVENTS, undefined, (list) =>
    ["ModelMissing", "NodeUnknown", "Assigned", "NoNode"].every((reason) =>
      list?.items.some((event) => event.reason === reason && event.source.component === "edgeloom"),
    ),
  );
});

test("a deleted Device takes its assignment and its DeviceStatus with it, and a new one starts from nothing", async () => {
  const { spec } = await begin();
  connect();
  await cloud.controllers.statuses.receive("edge-1", "store-1", report(spec.uid));
  await cloud.remove(DEVICES, "pump");
  await cloud.until(DEVICE_STATUSES, "pump", (object) => object === undefined);
  await expect.poll(() => cloud.assignment(), { timeout: 8000 }).toBeUndefined();
  await expect(
    cloud.controllers.statuses.receive("edge-1", "store-1", report(spec.uid, { since: 1, rev: 2 })),
  ).rejects.toMatchObject({ code: "data.unknown" });
  await cloud.create(DEVICES, device);
  const again = await cloud.untilAssigned();
  expect(again.spec.uid).not.toBe(spec.uid);
  expect(again.versions).toEqual({});
});

test("a DeviceStatus that somebody deletes comes back as it was", async () => {
  const { spec } = await begin();
  connect();
  await cloud.controllers.statuses.receive("edge-1", "store-1", report(spec.uid));
  await cloud.remove(DEVICE_STATUSES, "pump");
  const status = await cloud.untilStatus((now) => now?.state === "online");
  expect(status.status?.summary).toBe("temperature=21.5 Cel");
});
