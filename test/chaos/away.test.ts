import { connectAsync, type MqttClient } from "mqtt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DEVICES_API, DevStack, eventually } from "../support/devStack.ts";
import { ModbusPartner } from "../support/modbusPartner.ts";
import { conditionOf, pumpDevice, pumpModel, viewStatus } from "../support/pumpManifests.ts";

/** Longer than the 40 s after which an edge counts as gone. */
const AWAY_MS = 60_000;

describe("a minute without each other", () => {
  const stack = new DevStack({ args: ["--no-sim"] });
  const partner = new ModbusPartner();
  const heard = new Map<string, string>();
  let mqtt: MqttClient;

  beforeAll(async () => {
    const port = await partner.listen();
    await stack.start();
    await stack.apply(`${DEVICES_API}/devicemodels`, pumpModel);
    for (const name of ["moving", "resting"]) await stack.apply(`${DEVICES_API}/devices`, pumpDevice({ name, port }));
    for (const name of ["moving", "resting"]) {
      await eventually(async () => viewStatus((await stack.deviceStatus(name)).body).state === "online");
    }
    mqtt = await connectAsync(stack.file.mqttUrl, { protocolVersion: 4 });
    mqtt.on("message", (topic, payload) => heard.set(topic, payload.toString()));
    await mqtt.subscribeAsync("devices/#", { qos: 1 });
  }, 90_000);

  afterAll(async () => {
    await mqtt?.endAsync();
    await stack.stop();
    await partner.close();
  }, 20_000);

  const status = async (name: string) => viewStatus((await stack.deviceStatus(name)).body);
  const nodeReady = async () => conditionOf((await stack.api("GET", "/api/v1/nodes/edge-1")).body, "Ready");

  test(
    "a cloud that is stopped costs the edge nothing, and afterwards only what changed is sent",
    async () => {
      const { pids } = stack.file;
      process.kill(pids["cloud"] ?? 0, "SIGSTOP");
      const started = performance.now();
      try {
        partner.set(1, 0, 444);
        await eventually(() => heard.get("devices/default/moving/temperature")?.includes('"value":44.4'));
        await mqtt.publishAsync("devices/default/moving/setpoint/set", '{"value":321,"id":"away"}', { qos: 1 });
        await eventually(() => heard.get("devices/default/moving/setpoint/set/result")?.includes('"Verified"'));
        expect(partner.get(1, 1)).toBe(321);
        await eventually(async () => (await nodeReady())?.status === "Unknown", AWAY_MS);
        await pause(Math.max(0, AWAY_MS - (performance.now() - started)));
      } finally {
        process.kill(pids["cloud"] ?? 0, "SIGCONT");
      }
      const assignmentsBefore = await stack.metric("edge", "edgeloom_edge_hub_assignments_received_total");
      await eventually(async () => (await stack.metric("edge", "edgeloom_edge_hub_connected")) === 1, 5000);
      await eventually(async () => (await status("moving")).reported("temperature")?.value === "44.4", 10_000);
      await eventually(async () => (await status("moving")).reported("setpoint")?.value === "321", 10_000);
      await eventually(async () => (await nodeReady())?.status === "True", 10_000);
      await eventually(
        async () => conditionOf((await stack.device("moving")).body, "Connected")?.status === "True",
        10_000,
      );
      expect(await stack.metric("edge", "edgeloom_edge_hub_assignments_received_total")).toBe(assignmentsBefore);
    },
    3 * AWAY_MS,
  );

  test(
    "an edge that is stopped is shown as gone after 40 s with its values kept, and is right again when it is back",
    async () => {
      const { pids } = stack.file;
      const before = (await status("resting")).reported("temperature");
      process.kill(pids["edge"] ?? 0, "SIGSTOP");
      try {
        await eventually(async () => (await nodeReady())?.status === "Unknown", AWAY_MS);
        await eventually(async () => (await status("resting")).state === "unknown");
        const gone = (await status("resting")).reported("temperature");
        expect(gone?.value).toBe(before?.value);
        expect(gone?.metadata).toMatchObject({
          quality: "stale",
          reason: "NodeDisconnected",
          version: before?.metadata["version"],
        });
        const connected = conditionOf((await stack.device("resting")).body, "Connected");
        expect(connected).toMatchObject({ status: "Unknown", reason: "NodeDisconnected" });
      } finally {
        process.kill(pids["edge"] ?? 0, "SIGCONT");
      }
      await eventually(async () => (await status("resting")).state === "online", 15_000);
      await eventually(
        async () => (await status("resting")).reported("temperature")?.metadata["quality"] === "good",
        10_000,
      );
      await eventually(async () => (await nodeReady())?.status === "True", 10_000);
    },
    3 * AWAY_MS,
  );
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
