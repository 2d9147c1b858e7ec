import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parse } from "yaml";
import { DEVICE_MODELS, DEVICE_STATUSES, DEVICES, EVENTS } from "../../src/cloud/cluster/resourcePath.ts";
import type { DeviceResource } from "../../src/shared/model/resources/device.ts";
import type { DeviceStatusResource } from "../../src/shared/model/resources/deviceStatus.ts";
import { type CloudRig, startCloud } from "../support/cloudRig.ts";
import { apiOf, callApi, untilApi } from "../support/kubeApi.ts";
import { type RunningKube, startKube } from "../support/kubeServer.ts";
import { device, KEY, model, report } from "../support/pumpDevice.ts";

let kube: RunningKube;
let cloud: CloudRig | undefined;

beforeEach(async () => {
  kube = await startKube();
});
afterEach(async () => {
  await cloud?.stop();
  await kube.stop();
});

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/** KubeEdge's own definitions: no subresources, no columns, nothing checked, no category of ours. */
async function installKubeEdgeCrds(): Promise<void> {
  const api = apiOf(kube.kubeconfigPath);
  for (const [plural, kind] of [
    ["devices", "Device"],
    ["devicemodels", "DeviceModel"],
    ["devicestatuses", "DeviceStatus"],
  ] as const) {
    const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
    const openAPIV3Schema = { type: "object", properties: { spec: open, status: open } };
    const body = {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: `${plural}.devices.kubeedge.io` },
      spec: {
        group: "devices.kubeedge.io",
        names: { plural, kind, singular: kind.toLowerCase(), listKind: `${kind}List` },
        scope: "Namespaced",
        versions: [{ name: "v1beta1", served: true, storage: true, schema: { openAPIV3Schema } }],
      },
    };
    const { status } = await callApi(api, "POST", CRDS, { body });
    expect(status).toBe(201);
  }
  await untilApi(api, "/apis/devices.kubeedge.io/v1beta1", {
    isDone: ({ body }) => (body["resources"] as unknown[]).length === 3,
  });
}

test("with KubeEdge's own CRDs everything works but conditions, and the Device is never touched", async () => {
  await installKubeEdgeCrds();
  cloud = await startCloud(kube.kubeconfigPath);
  await cloud.create(DEVICE_MODELS, model);
  await cloud.create(DEVICES, device);
  const { spec } = await cloud.untilAssigned();
  await cloud.until<{ items: { reason: string; count: number }[] }>(
    EVENTS,
    undefined,
    (list) => list?.items.some(({ reason, count }) => reason === "NodeUnknown" && count === 1) === true,
  );
  cloud.bus.emit("edge.connected", { node: "edge-1", session: 1, store: "store-1", version: "test", devices: [] });
  await cloud.controllers.statuses.receive("edge-1", "store-1", report(spec.uid));
  const status = await cloud.untilStatus((now) => now?.state === "online");
  expect(status.status?.summary).toBe("temperature=21.5 Cel");
  const shown = await cloud.until<DeviceResource>(DEVICES, "pump", () => true);
  expect([shown.metadata.generation, shown.status]).toEqual([1, undefined]);
  const crd = await callApi(apiOf(kube.kubeconfigPath), "GET", `${CRDS}/devices.devices.kubeedge.io`);
  expect(JSON.stringify(crd.body)).not.toContain("printerColumns");
});

test("our CRDs arrive as they are written, and an older text of ours is renewed", async () => {
  cloud = await startCloud(kube.kubeconfigPath);
  const api = apiOf(kube.kubeconfigPath);
  const path = `${CRDS}/devicestatuses.devices.kubeedge.io`;
  const file = new URL("../../charts/edgeloom/crds/devicestatuses.devices.kubeedge.io.yaml", import.meta.url);
  const written = parse(readFileSync(file, "utf8")) as { spec: { versions: unknown } };
  const installed = await callApi(api, "GET", path);
  expect(installed.body["spec"]).toMatchObject({ versions: written.spec.versions });
  await callApi(api, "PATCH", path, {
    body: {
      metadata: { annotations: { "edgeloom.io/crd-digest": "older" } },
      spec: { names: { shortNames: ["old"] } },
    },
  });
  await cloud.stop();
  cloud = await startCloud(kube.kubeconfigPath);
  const renewed = await callApi(api, "GET", path);
  expect(renewed.body["spec"]).toMatchObject({ names: { shortNames: ["dst"] } });
});

test("an API server that goes away for a while costs time, and nothing else", async () => {
  cloud = await startCloud(kube.kubeconfigPath);
  await cloud.create(DEVICE_MODELS, model);
  await cloud.create(DEVICES, device);
  const { spec } = await cloud.untilAssigned();
  await cloud.controllers.statuses.receive("edge-1", "store-1", report(spec.uid));
  const { port } = new URL(kube.url);
  await kube.stop({ keep: true });
  const value = { property: "temperature", type: "DOUBLE", value: "22", quality: "good", reason: "" } as const;
  const received = cloud.controllers.statuses.receive("edge-1", "store-1", {
    key: KEY,
    uid: spec.uid,
    since: 1,
    rev: 2,
    reported: [{ ...value, at: 2, version: 8 }],
    desired: [],
  });
  kube = await startKube({ dataDir: kube.dataDir, port: Number(port) });
  await received;
  const status = await cloud.until<DeviceStatusResource>(DEVICE_STATUSES, "pump", () => true);
  expect(status.status?.twins?.[0]?.reported?.value).toBe("22");
  await cloud.patch(DEVICES, "pump", { metadata: { annotations: { "edgeloom.io/paused": "true" } } });
  await cloud.untilAssigned((now) => now.spec.paused);
});

test("secrets come back as they were given, and only one of two makers makes them", async () => {
  cloud = await startCloud(kube.kubeconfigPath);
  const { secrets } = cloud.cluster;
  expect(await secrets.read("ca")).toBeUndefined();
  await secrets.create("ca", { "tls.crt": "grüß\n", empty: "" });
  expect(await secrets.read("ca")).toEqual({ "tls.crt": "grüß\n", empty: "" });
  await expect(secrets.create("ca", {})).rejects.toMatchObject({ code: "state.conflict" });
});

test("equal Events are counted, and one that has expired begins anew", async () => {
  cloud = await startCloud(kube.kubeconfigPath);
  await cloud.create(DEVICES, device);
  const { metadata } = await cloud.until<DeviceResource>(DEVICES, "pump", (object) => object !== undefined);
  const about = { apiVersion: "v1", kind: "Device", namespace: "default", name: "pump", uid: metadata.uid ?? "" };
  const happening = { about, type: "Warning", reason: "Tested", message: "as a test" } as const;
  for (let time = 0; time < 3; time++) cloud.cluster.recorder.record(happening);
  await cloud.cluster.recorder.idle();
  type List = { items: { metadata: { name: string }; reason: string; count: number }[] };
  const tested = (list: List | undefined) => list?.items.filter(({ reason }) => reason === "Tested") ?? [];
  const counted = await cloud.until<List>(EVENTS, undefined, (list) => tested(list).length > 0);
  expect(tested(counted).map(({ count }) => count)).toEqual([3]);
  await cloud.remove(EVENTS, tested(counted)[0]?.metadata.name ?? "");
  cloud.cluster.recorder.record(happening);
  await cloud.cluster.recorder.idle();
  const again = await cloud.until<List>(EVENTS, undefined, (list) => tested(list).length > 0);
  expect(tested(again).map(({ count }) => count)).toEqual([1]);
});
