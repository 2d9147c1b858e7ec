import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { CLUSTER_PROGRAMS } from "../support/realCluster.ts";

interface Peer {
  readonly status: string;
  readonly probe: string;
}

const peers = parse(readFileSync(new URL("../peers.yaml", import.meta.url), "utf8")) as Record<string, Peer>;
const inCi = process.env["CI"] === "true";

const probe = ({ probe }: Peer) =>
  spawnSync("sh", ["-c", probe], {
    encoding: "utf8",
    env: { ...process.env, KUBEBUILDER_ASSETS: CLUSTER_PROGRAMS },
    timeout: 15_000,
  });

describe("peers", () => {
  test.each(Object.entries(peers))("%s is required, or it says why it cannot be had", (_name, { status }) => {
    expect(status).toMatch(/^(required|impossible: .+)$/);
  });

  const required = Object.entries(peers).filter(([, { status }]) => status === "required");
  for (const [name, peer] of required) {
    const { status, stdout, stderr } = probe(peer);
    // On a developer's machine a missing peer costs its own tests only; in CI it costs the run.
    test.skipIf(status !== 0 && !inCi)(`${name} is there`, () => {
      expect([peer.probe, status, status === 0 ? "" : stdout + stderr]).toEqual([peer.probe, 0, ""]);
    });
  }
});
