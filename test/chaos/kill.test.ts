import { connectAsync, type MqttClient } from "mqtt";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DEVICES_API, DevStack, eventually } from "../support/devStack.ts";
import { ModbusPartner } from "../support/modbusPartner.ts";
import { pumpDevice, pumpModel, viewStatus } from "../support/pumpManifests.ts";

const ROUNDS = 50;
const stack = new DevStack({ args: ["--no-sim"] });
const partner = new ModbusPartner();
let port: number;
let mqtt: MqttClient;
const results = new Map<string, { ok: boolean; code: string }>();

beforeAll(async () => {
  port = await partner.listen();
  await stack.start();
  await stack.apply(`${DEVICES_API}/devicemodels`, pumpModel);
  await stack.apply(`${DEVICES_API}/devices`, pumpDevice({ name: "victim", port, cycleMs: 100 }));
  await eventually(async () => viewStatus((await stack.deviceStatus("victim")).body).state === "online");
  mqtt = await connectAsync(stack.file.mqttUrl, { protocolVersion: 4, reconnectPeriod: 100, clean: true });
  mqtt.on("message", (_topic, payload) => {
    const { id, ok, code } = JSON.parse(payload.toString()) as { id: string; ok: boolean; code: string };
    results.set(id, { ok, code });
  });
  await mqtt.subscribeAsync("devices/default/victim/setpoint/set/result", { qos: 1 });
}, 90_000);

afterAll(async () => {
  await mqtt?.endAsync(true);
  await stack.stop();
  await partner.close();
}, 20_000);

test(
  `after kill -9 of a random process during writes, ${ROUNDS} times over, what was confirmed is there`,
  async () => {
    const random = mulberry(20_261_120);
    let lastPatched = 0;
    for (let round = 1; round <= ROUNDS; round++) {
      const victim = (["kube", "cloud", "edge", "mapper"] as const)[Math.floor(random() * 4)] ?? "edge";
      const wanted = 100 + round;
      const marker = `round-${round}`;
      const created = stack.api("POST", "/api/v1/namespaces/default/configmaps", {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: marker },
      });
      mqtt.publish("devices/default/victim/setpoint/set", JSON.stringify({ value: wanted, id: marker }), { qos: 1 });
      await new Promise((resolve) => setTimeout(resolve, random() * 60));
      await kill(victim);
      const confirmed = (await created.catch(() => undefined))?.status === 201;
      await serving();
      if (confirmed)
        expect((await stack.api("GET", `/api/v1/namespaces/default/configmaps/${marker}`)).status, marker).toBe(200);
      // A set that was answered is on disk: it reaches the device whatever died. One that was not may be asked again.
      if (!results.has(marker))
        mqtt.publish("devices/default/victim/setpoint/set", JSON.stringify({ value: wanted, id: marker }), { qos: 1 });
      await eventually(() => partner.get(1, 1) === wanted, 30_000);
      lastPatched = wanted;
    }
    await eventually(
      async () =>
        viewStatus((await stack.deviceStatus("victim")).body).reported("setpoint")?.value === String(lastPatched),
      30_000,
    );
    await eventually(async () => viewStatus((await stack.deviceStatus("victim")).body).state === "online", 30_000);
  },
  ROUNDS * 30_000,
);

/** dev.json may name the process before for a moment: who asks again gets the one that lives. */
async function kill(victim: "kube" | "cloud" | "edge" | "mapper"): Promise<void> {
  await eventually(async () => {
    const pid = victim === "mapper" ? await mapperPid() : stack.file.pids[victim];
    if (pid === undefined || pid === 0) return false;
    return process.kill(pid, "SIGKILL");
  });
}

async function mapperPid(): Promise<number | undefined> {
  const { readFile } = await import("node:fs/promises");
  const edge = stack.file.pids["edge"];
  const children = await readFile(`/proc/${edge}/task/${edge}/children`, "utf8").catch(() => "");
  return Number(children.trim().split(" ")[0]) || undefined;
}

/** Until every part answers again. */
async function serving(): Promise<void> {
  await eventually(async () => (await stack.api("GET", "/version")).status === 200, 20_000);
  for (const url of [stack.file.cloudMetricsUrl, stack.file.edgeMetricsUrl]) {
    await eventually(async () => (await fetch(`${url}/healthz`)).ok, 20_000);
  }
  await eventually(() => mqtt.connected, 20_000);
}

/** Mulberry32: the same seed gives the same run. */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
