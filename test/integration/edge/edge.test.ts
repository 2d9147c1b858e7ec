import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { assignment, good, KEY, UID } from "../../support/edgeRig.ts";
import { leaveAssignments, RunningEdge } from "../../support/runningEdge.ts";

let dataDir: string;
const edges: RunningEdge[] = [];
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "edgeloom-edge-"));
});
afterEach(async () => {
  for (const edge of edges.splice(0)) await edge.stop();
  rmSync(dataDir, { recursive: true });
});

async function start(more: Record<string, unknown> = {}): Promise<RunningEdge> {
  const edge = await RunningEdge.start(dataDir, more);
  edges.push(edge);
  return edge;
}

const stop = async () => edges.pop()?.stop();
const VALUE = "devices/default/pump/speed";
const of = { key: KEY, uid: UID } as const;

it("runs without a cloud what it was told in an earlier life, and keeps values over a restart", async () => {
  await leaveAssignments(dataDir, assignment());
  const first = await start();
  expect(JSON.parse(await first.ears.on(VALUE))).toMatchObject({ value: null, quality: "stale", reason: "NotReadYet" });
  first.say({ kind: "reported", ...of, at: Date.now(), readings: [good("7")] });
  expect(JSON.parse(await first.ears.on(VALUE, 2))).toMatchObject({ value: 7, quality: "good" });
  await stop();
  const second = await start();
  expect(JSON.parse(await second.ears.on(VALUE))).toMatchObject({ value: 7, quality: "stale", reason: "NotReadYet" });
  expect(JSON.parse(await second.ears.on("devices/default/pump/$state"))).toMatchObject({ state: "unknown" });
});

it("writes a set to the device and answers it", async () => {
  await leaveAssignments(dataDir, assignment());
  const edge = await start();
  await edge.ears.on(VALUE);
  await edge.client.publishAsync(`${VALUE}/set`, '{"value":50,"id":"a"}', { qos: 1 });
  const written = () => edge.mappers.last.told.find(({ kind }) => kind === "write");
  while (written() === undefined) await new Promise((resolve) => setImmediate(resolve));
  const order = { spec: 0, local: 1 };
  expect(written()).toMatchObject({ property: "speed", value: "50", order });
  edge.say({ kind: "progress", ...of, property: "speed", order, state: "verified", reason: "", message: "" });
  expect(JSON.parse(await edge.ears.on(`${VALUE}/set/result`))).toMatchObject({ id: "a", ok: true, code: "Verified" });
});

it("shows metrics and health", async () => {
  await leaveAssignments(dataDir, assignment());
  const { metricsUrl } = (await start()).facts;
  expect((await fetch(`${metricsUrl}/readyz`)).status).toBe(200);
  const metrics = await (await fetch(`${metricsUrl}/metrics`)).text();
  expect(metrics).toMatch(/^edgeloom_edge_devices\{state="(unknown|online)"\} 1$/m);
  expect(metrics).toContain("edgeloom_edge_store_failing 0");
});

it("does not start beside another edge on its data directory", async () => {
  await start();
  await expect(RunningEdge.start(dataDir)).rejects.toMatchObject({ code: "config.dataDir" });
});

it("does not start on a damaged database", async () => {
  writeFileSync(join(dataDir, "edge.db"), "not a database ".repeat(1000));
  await expect(RunningEdge.start(dataDir)).rejects.toMatchObject({ code: "config.corruptStore" });
});

it("names a taken port and the setting, and gives the data directory free", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const address = taken.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  await expect(RunningEdge.start(dataDir, { mqtt: { port } })).rejects.toMatchObject({
    code: "config.portTaken",
    message: expect.stringMatching(new RegExp(`port ${port} .*mqtt.port`)),
  });
  taken.close();
  await start();
});
