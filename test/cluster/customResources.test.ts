import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { customResourceSuite } from "../support/customResourceSuite.ts";
import { hasClusterPrograms, RealCluster } from "../support/realCluster.ts";

// On a developer's machine the lane may be missing; in CI its absence is a failure (test/peers.yaml).
const isMissing = !hasClusterPrograms() && process.env["CI"] !== "true";

if (isMissing) test.skip("no kube-apiserver here: .ci/build-kubernetes.sh builds it", () => {});

describe.runIf(!isMissing)("a real API server", () => {
  const cluster = new RealCluster();
  beforeAll(() => cluster.start(), 90_000);
  afterAll(() => cluster.stop());

  customResourceSuite("kube-apiserver", () => cluster.api);

  describe("kubectl", () => {
    const kubectl = (...args: string[]) => {
      const { status, stdout, stderr } = spawnSync("kubectl", ["--kubeconfig", cluster.kubeconfig, ...args], {
        encoding: "utf8",
      });
      expect([status, stderr]).toEqual([0, ""]);
      // kubectl breaks the lines of descriptions.
      return stdout.replaceAll(/\s+/g, " ");
    };

    test("explain teaches the keys of protocol and visitors", () => {
      expect(kubectl("explain", "device.spec.protocol.configData")).toContain(
        "modbus: KubeEdge: TCP port. A whole number from 1 to 65535, default 502. Example: port: 502",
      );
      expect(kubectl("explain", "device.spec.properties.visitors.configData")).toContain(
        "modbus: KubeEdge: which of the four tables the value is in. Same as table. One of CoilRegister,",
      );
    });

    test("get by short name and category finds them", () => {
      expect(kubectl("get", "dev,dm,dst,sites")).toContain("NAME NODE PROTOCOL MODEL CONNECTED REASON AGE");
      expect(kubectl("get", "edgeloom", "-o", "name")).toContain("devicemodel.devices.kubeedge.io/pump");
    });
  });
});
