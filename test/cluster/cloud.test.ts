import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CRDS, DEVICE_MODELS, DEVICES, NODES } from "../../src/cloud/cluster/resourcePath.ts";
import { type CloudRig, startCloud } from "../support/cloudRig.ts";
import { callApi, untilApi } from "../support/kubeApi.ts";
import { KUBEEDGE_DEFINITIONS } from "../support/kubeedgeDefinitions.ts";
import { conditionOf, device, model, report } from "../support/pumpDevice.ts";
import { hasClusterPrograms, RealCluster } from "../support/realCluster.ts";

const isMissing = !hasClusterPrograms() && process.env["CI"] !== "true";
const lanes = [
  { lane: "with our CRDs", definitions: [], hasConditions: true },
  { lane: "with KubeEdge's CRDs", definitions: KUBEEDGE_DEFINITIONS, hasConditions: false },
];

if (isMissing) test.skip("no kube-apiserver here: .ci/build-kubernetes.sh builds it", () => {});

describe.runIf(!isMissing).each(lanes)("our cloud on a real API server $lane", ({ definitions, hasConditions }) => {
  const cluster = new RealCluster();
  let cloud: CloudRig;
  beforeAll(async () => {
    await cluster.start();
    for (const body of definitions) {
      await callApi(cluster.api, "POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", { body });
      await untilApi(cluster.api, `/apis/devices.kubeedge.io/v1beta1/${body.spec.names.plural}`);
    }
    cloud = await startCloud(cluster.kubeconfig);
  }, 90_000);
  afterAll(async () => {
    await cloud?.stop();
    await cluster.stop();
  });

  test("a Device becomes an assignment, and what its edge reports its DeviceStatus (and conditions)", async () => {
    await cloud.cluster.nodeWriter.enrolled("edge-1", { site: "demo" });
    await cloud.create(DEVICE_MODELS, model);
    await cloud.create(DEVICES, device);
    const { spec } = await cloud.untilAssigned();
    if (hasConditions) await cloud.untilCondition("Connected", "NodeNeverConnected");
    cloud.bus.emit("edge.connected", { node: "edge-1", session: 1, store: "store-1", version: "test", devices: [] });
    await cloud.controllers.statuses.receive("edge-1", "store-1", report(spec.uid));
    const status = await cloud.untilStatus((now) => now?.state === "online");
    expect(status.status?.twins).toMatchObject([{ propertyName: "temperature", reported: { value: "21.5" } }]);
    expect(status.metadata.ownerReferences).toMatchObject([{ kind: "Device", name: "pump", uid: spec.uid }]);
    if (!hasConditions) return;
    const shown = await cloud.untilCondition("Connected", "Online");
    expect(conditionOf(shown, "Accepted")).toMatchObject({ status: "True", reason: "Accepted" });
  });

  test("a desired value that is patched in is numbered, and told to the edge", async () => {
    await cloud.patch(DEVICES, "pump", {
      spec: {
        properties: device.spec.properties.map((property) =>
          property.name === "setpoint" ? { ...property, desired: { value: "80" } } : property,
        ),
      },
    });
    const { desired } = await cloud.untilAssigned((now) => now.desired.length > 0);
    expect(desired).toMatchObject([{ property: "setpoint", value: "80", spec: 1, state: "requested" }]);
    await cloud.untilStatus((now) => now?.twins?.some((twin) => twin.observedDesired?.value === "80") === true);
  });

  test("the enrolled edge is a Node that no pod is put on", async () => {
    const node = await cloud.until<{ spec: { taints: unknown[] } }>(NODES, "edge-1", (object) => object !== undefined);
    const taint = { key: "edgeloom.io/no-kubelet", effect: "NoSchedule" };
    expect(node.spec.taints).toContainEqual(expect.objectContaining(taint));
  });

  test("CRDs that are not ours are left as they are", async () => {
    for (const { metadata } of definitions) {
      const found = await cloud.until<{ spec: { versions: [object] } }>(
        CRDS,
        metadata.name,
        (crd) => crd !== undefined,
      );
      expect(found.spec.versions[0]).not.toHaveProperty("subresources");
    }
  });
});
