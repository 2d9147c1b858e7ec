import { fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DevStack, eventually } from "../support/devStack.ts";

const ENTRY = resolve(import.meta.dirname, "../../bin/edgeloom");

let dataDir: string;
let stacks: DevStack[];
let stops: (() => void)[];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "edgeloom-parts-"));
  stacks = [];
  stops = [];
});
afterEach(async () => {
  for (const stop of stops) stop();
  for (const stack of stacks.reverse()) await stack.stop({ keep: true });
  rmSync(dataDir, { recursive: true, force: true });
}, 30_000);

async function start(...args: string[]): Promise<DevStack> {
  const stack = new DevStack({ dataDir, args });
  stacks.push(stack);
  await stack.start();
  return stack;
}

async function nodeReady(stack: DevStack): Promise<boolean> {
  const { body } = await stack.api("GET", "/api/v1/nodes/edge-1");
  const { conditions = [] } = (body["status"] ?? {}) as { conditions?: { type: string; status: string }[] };
  return conditions.some(({ type, status }) => type === "Ready" && status === "True");
}

const dev = (...args: string[]) =>
  spawnSync(process.execPath, [ENTRY, "dev", "--data-dir", dataDir, ...args], {
    encoding: "utf8",
    env: { ...process.env, EDGELOOM_CHILD: "test" },
  });

describe("dev in parts", () => {
  it("joins an edge that starts later and beside; dev.json names both, and survives whoever fails or ends beside", async () => {
    const cloud = await start("--parts", "kube,cloud");
    const { file } = cloud;
    const second = dev("--parts", "kube", "--kube-port", new URL(file.kubeUrl).port);
    expect([second.status, cloud.file]).toEqual([2, file]);
    const edge = await start("--parts", "edge");
    await eventually(() => nodeReady(cloud), 20_000);
    expect(await eventually(() => "edge" in cloud.file.pids && cloud.file)).toMatchObject({
      ...file,
      pid: expect.any(Number),
      mqttUrl: expect.stringContaining("mqtt://"),
    });
    await edge.stop({ keep: true });
    expect(cloud.file).toEqual(file);
  }, 60_000);

  it("joins anew when the cloud starts empty, since another CA speaks there", async () => {
    const first = await start();
    await first.stop({ keep: true });
    const kube = join(dataDir, "kube");
    for (const name of readdirSync(kube).filter((each) => each.startsWith("kube.db"))) rmSync(join(kube, name));
    const again = await start();
    await eventually(() => nodeReady(again), 20_000);
  }, 60_000);

  it("ends a part whose dev is gone before the part is up", async () => {
    const args = ["kube", "--data-dir", dataDir, "--kube-port", "0"];
    const part = fork(ENTRY, args, { env: { ...process.env, EDGELOOM_CHILD: "test" }, stdio: "ignore" });
    stops.push(() => part.kill("SIGKILL"));
    part.disconnect();
    expect(await once(part, "exit")).toEqual([0, null]);
  }, 20_000);

  it("says what an edge lacks that has nobody to join", () => {
    const { status, stderr } = dev("--parts", "edge");
    expect([status, stderr.trim().split("\n").length]).toEqual([2, 1]);
    expect(stderr).toContain("has joined no cloud yet");
  });
});
