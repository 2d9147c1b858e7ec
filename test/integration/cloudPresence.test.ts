import { afterEach, beforeEach, expect, test } from "vitest";
import { DEVICE_MODELS, DEVICES, LEASES, NODES } from "../../src/cloud/cluster/resourcePath.ts";
import type { Clock } from "../../src/shared/kit/time.ts";
import { type CloudRig, startCloud } from "../support/cloudRig.ts";
import { type RunningKube, startKube } from "../support/kubeServer.ts";
import { device, KEY, model, report } from "../support/pumpDevice.ts";
import { TestClock } from "../support/testClock.ts";

let kube: RunningKube;
let cloud: CloudRig;

beforeEach(async () => {
  kube = await startKube();
});
afterEach(async () => {
  await cloud.stop();
  await kube.stop();
});

async function begin(options: { readonly clock?: Clock } = {}) {
  cloud = await startCloud(kube.kubeconfigPath, options);
  await cloud.cluster.nodeWriter.enrolled("edge-1", { site: "demo" });
  await cloud.create(DEVICE_MODELS, model);
  await cloud.create(DEVICES, device);
  return await cloud.untilAssigned();
}

const connect = (devices: { key: typeof KEY; uid: string; rev: number }[] = [], session = 1) =>
  cloud.bus.emit("edge.connected", { node: "edge-1", session, store: "store-1", version: "test", devices });

test("an edge gone for 40 s: Node, conditions and values say so in one write, and come back by comparison", async () => {
  const clock = new TestClock();
  const { spec } = await begin({ clock });
  const settle = async (ms: number) => {
    // What the clock sets off goes over the network, which takes real time.
    for (let step = 0; step < 10; step++) {
      await clock.advance(ms / 10);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  connect();
  const received = cloud.controllers.statuses.receive("edge-1", "store-1", report(spec.uid));
  await settle(2000);
  await received;
  await cloud.until<{ status: { conditions: { type: string; reason: string }[] } }>(
    NODES,
    "edge-1",
    (node) =>
      node?.status.conditions.some(({ type, reason }) => type === "Ready" && reason === "EdgeConnected") === true,
  );
  cloud.bus.emit("edge.disconnected", { node: "edge-1", session: 1, reason: "test", silentMs: 0 });
  await settle(39_000);
  expect((await cloud.untilStatus(() => true)).status?.state).toBe("online");
  const before = await cloud.untilStatus(() => true);
  await settle(3000);
  const lost = await cloud.untilStatus((status) => status?.state === "unknown");
  expect(lost.metadata.generation).toBe((before.metadata.generation ?? 0) + 1);
  expect(lost.status?.twins?.[0]?.reported).toMatchObject({
    value: "21.5",
    metadata: { quality: "stale", reason: "NodeDisconnected", version: "7" },
  });
  expect(lost.status?.lastOnlineTime).toBe("2026-01-01T00:00:00Z");
  await cloud.untilCondition("Connected", "NodeDisconnected");
  await cloud.until<{ status: { conditions: { type: string; status: string; reason: string }[] } }>(
    NODES,
    "edge-1",
    (node) =>
      node?.status.conditions.some(({ reason, status }) => reason === "EdgeDisconnected" && status === "Unknown") ===
      true,
  );
  connect([{ key: KEY, uid: spec.uid, rev: 1 }], 2);
  await settle(2000);
  const back = await cloud.untilStatus((status) => status?.state === "online");
  expect(back.status?.twins?.[0]?.reported?.metadata).toMatchObject({ quality: "good", version: "7" });
  await cloud.untilCondition("Connected", "Online");
});

test("a cloud that starts again knows what its predecessor wrote", async () => {
  const { spec } = await begin();
  connect();
  await cloud.controllers.statuses.receive("edge-1", "store-1", report(spec.uid));
  await cloud.untilCondition("Connected", "Online");
  await cloud.stop();
  cloud = await startCloud(kube.kubeconfigPath);
  // The hub opens after this: the first edge must find its devices in the book, or it would drop them.
  expect(cloud.assignment()?.spec.uid).toBe(spec.uid);
  expect(cloud.controllers.statuses.held("edge-1", "store-1")).toEqual([{ key: KEY, uid: spec.uid, rev: 1 }]);
  await expect(
    cloud.controllers.statuses.receive("edge-1", "store-1", report(spec.uid, { since: 5, rev: 6 })),
  ).rejects.toMatchObject({ code: "state.stale" });
});

test("a connected edge has a lease, and a Node that somebody deletes is made again", async () => {
  await begin();
  connect();
  await cloud.until<{ spec: { holderIdentity: string } }>(
    LEASES,
    "edge-1",
    (lease) => lease?.spec.holderIdentity === "edge-1",
  );
  const { metadata } = await cloud.until<{ metadata: { labels: object; annotations: object } }>(
    NODES,
    "edge-1",
    (node) => node !== undefined,
  );
  expect(metadata).toMatchObject({
    annotations: { "edgeloom.io/managed": "true" },
    labels: { "edgeloom.io/site": "demo", "node-role.kubernetes.io/edge": "", "node-role.kubernetes.io/agent": "" },
  });
  await cloud.remove(NODES, "edge-1");
  await cloud.until<{ status: { conditions: { type: string; reason: string }[] } }>(
    NODES,
    "edge-1",
    (node) => node?.status.conditions.some(({ reason }) => reason === "EdgeConnected") === true,
  );
});

test("the values of an edge that is away are stale once its Node is deleted", async () => {
  const { spec } = await begin();
  connect();
  await cloud.controllers.statuses.receive("edge-1", "store-1", report(spec.uid));
  await cloud.untilCondition("Connected", "Online");
  cloud.bus.emit("edge.disconnected", { node: "edge-1", session: 1, reason: "test", silentMs: 0 });
  await cloud.remove(NODES, "edge-1");
  const lost = await cloud.untilStatus((status) => status?.state === "unknown");
  expect(lost.status?.twins?.[0]?.reported?.metadata).toMatchObject({ quality: "stale", reason: "NodeUnknown" });
  connect([{ key: KEY, uid: spec.uid, rev: 1 }], 2);
  await cloud.untilStatus((status) => status?.state === "online");
});
