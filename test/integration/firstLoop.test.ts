import { spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { resolve } from "node:path";
import { connectAsync, type MqttClient } from "mqtt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DEVICES_API, DevStack, eventually } from "../support/devStack.ts";
import { ModbusPartner } from "../support/modbusPartner.ts";
import { conditionOf, pumpDevice, pumpModel, viewStatus } from "../support/pumpManifests.ts";

describe("edgeloom dev", () => {
  const stack = new DevStack();
  const partner = new ModbusPartner();
  const heard = new Map<string, string>();
  let port: number;
  let mqtt: MqttClient;

  beforeAll(async () => {
    port = await partner.listen();
    await stack.start();
    mqtt = await connectAsync(stack.file.mqttUrl, { protocolVersion: 4 });
    mqtt.on("message", (topic, payload) => heard.set(topic, payload.toString()));
    await mqtt.subscribeAsync("devices/#", { qos: 1 });
    await stack.apply(`${DEVICES_API}/devicemodels`, pumpModel);
    partner.set(1, 0, 215);
    partner.set(1, 1, 1200);
    await stack.apply(`${DEVICES_API}/devices`, pumpDevice({ name: "p1", port }));
    // The state may be a second ahead of the values.
    await eventually(async () => (await status()).reported("temperature")?.metadata?.["quality"] === "good");
  }, 90_000);

  afterAll(async () => {
    await mqtt?.endAsync();
    await stack.stop();
    await partner.close();
  }, 20_000);

  const status = async (name = "p1") => viewStatus((await stack.deviceStatus(name)).body);
  const json = (topic: string) => JSON.parse(heard.get(topic) ?? "{}") as Record<string, unknown>;

  test("dev.json names the parts and leaves out what this build does not have", () => {
    const { pids, kubeconfig, simulators } = stack.file;
    expect(Object.keys(pids).sort()).toEqual(["cloud", "edge", "kube", "sim"]);
    expect(kubeconfig).toBe(`${stack.dataDir}/kubeconfig`);
    expect(simulators.modbus).toMatch(/^tcp:\/\/127\.0\.0\.1:\d+$/);
    expect(stack.file).not.toHaveProperty("edgeApiUrl");
  });

  test("the sample pump is online with live values", async () => {
    await eventually(async () => {
      const pump = await status("pump-1");
      return pump.state === "online" && (pump.summary ?? "").includes("temperature=");
    });
  });

  test("a register is seen in DeviceStatus and over MQTT, typed, scaled and with its unit", async () => {
    expect((await status()).reported("temperature")).toMatchObject({
      value: "21.5",
      metadata: { quality: "good", type: "DOUBLE", unit: "Cel" },
    });
    await eventually(() => json("devices/default/p1/temperature")["value"] === 21.5);
    expect(heard.get("devices/default/p1/temperature")).toMatch(
      /^\{"value":21\.5,"type":"DOUBLE","unit":"Cel","quality":"good","at":"[0-9T:.-]+Z","version":\d+\}$/,
    );
    partner.set(1, 0, 305);
    await eventually(() => json("devices/default/p1/temperature")["value"] === 30.5);
    await eventually(async () => (await status()).reported("temperature")?.value === "30.5");
  });

  test("a desired value patched in arrives in its register and is shown as verified", async () => {
    await stack.api("PATCH", `${DEVICES_API}/devices/p1`, pumpDevice({ name: "p1", port, desired: "1450" }));
    await eventually(async () => (await status()).desired("setpoint")?.metadata["state"] === "verified");
    expect(partner.get(1, 1)).toBe(1450);
    expect((await status()).desired("setpoint")).toMatchObject({
      value: "1450",
      metadata: { version: "1", origin: "spec" },
    });
    await eventually(async () => (await status()).reported("setpoint")?.value === "1450");
  });

  test("an MQTT set writes the register, answers once it is verified, and shows as a local override", async () => {
    await mqtt.publishAsync("devices/default/p1/setpoint/set", '{"value":900,"id":"a1"}', { qos: 1 });
    await eventually(() => json("devices/default/p1/setpoint/set/result")["code"] === "Verified");
    expect(json("devices/default/p1/setpoint/set/result")).toMatchObject({ id: "a1", ok: true });
    expect(partner.get(1, 1)).toBe(900);
    await eventually(async () => conditionOf((await stack.device("p1")).body, "LocalOverride")?.status === "True");
  });

  test("what an MQTT set may not do is answered with its code, and nothing is written", async () => {
    const refused = async (topic: string, payload: string) => {
      heard.delete(`devices/default/${topic}/set/result`);
      await mqtt.publishAsync(`devices/default/${topic}/set`, payload, { qos: 1 });
      return eventually(() => json(`devices/default/${topic}/set/result`)["code"] as string | undefined);
    };
    expect(await refused("p1/setpoint", "99999")).toBe("OutOfRange");
    expect(await refused("p1/setpoint", '"fast"')).toBe("WrongType");
    expect(await refused("p1/temperature", "1")).toBe("ReadOnly");
    expect(await refused("p1/nothing", "1")).toBe("UnknownProperty");
    expect(await refused("nobody/setpoint", "1")).toBe("UnknownDevice");
    expect(partner.get(1, 1)).toBe(900);
  });

  test("the Device's resourceVersion and generation do not move with its values", async () => {
    const before = (await stack.device("p1")).body["metadata"];
    const version = Number((await status()).reported("temperature")?.metadata["version"]);
    partner.set(1, 0, 333);
    await eventually(async () => Number((await status()).reported("temperature")?.metadata["version"]) > version);
    expect((await stack.device("p1")).body["metadata"]).toEqual(before);
  });

  test("a wrong manifest is refused with the path of the fault", async () => {
    const device = pumpDevice({ name: "wrong", port });
    const [first] = device.spec.properties;
    if (first) Object.assign(first.visitors.configData, { offset: 70_000, register: "Holding" });
    const { status: code, body } = await stack.api("POST", `${DEVICES_API}/devices`, device);
    expect(code).toBe(422);
    expect(body["message"]).toContain("spec.properties[0].visitors.configData.offset");
    expect(body["message"]).toContain("spec.properties[0].visitors.configData.register");
  });

  test("a device whose model is missing, and one on an unknown node, say so in a condition", async () => {
    await stack.apply(`${DEVICES_API}/devices`, {
      ...pumpDevice({ name: "orphan", port }),
      spec: { ...pumpDevice({ name: "orphan", port }).spec, deviceModelRef: { name: "missing" } },
    } as { metadata: { name: string } });
    await stack.apply(`${DEVICES_API}/devices`, pumpDevice({ name: "lost", port, node: "edge-77" }));
    await eventually(
      async () => conditionOf((await stack.device("orphan")).body, "Accepted")?.reason === "ModelMissing",
    );
    await eventually(async () => conditionOf((await stack.device("lost")).body, "Assigned")?.status === "False");
    expect((await status()).state).toBe("online");
  });

  test("a desired value that the model does not allow is a condition, and the device runs on", async () => {
    await stack.api("PATCH", `${DEVICES_API}/devices/p1`, pumpDevice({ name: "p1", port, desired: "3001" }));
    await eventually(
      async () => conditionOf((await stack.device("p1")).body, "DesiredApplied")?.reason === "OutOfRange",
    );
    expect(partner.get(1, 1)).toBe(900);
    partner.set(1, 0, 401);
    await eventually(async () => (await status()).reported("temperature")?.value === "40.1");
  });

  test("a deleted Device takes its status, its retained messages and its traffic with it", async () => {
    await stack.apply(`${DEVICES_API}/devices`, pumpDevice({ name: "p2", port }));
    await eventually(() => heard.get("devices/default/p2/temperature"));
    await stack.api("DELETE", `${DEVICES_API}/devices/p2`);
    await eventually(() => heard.get("devices/default/p2/temperature") === "");
    await eventually(async () => (await stack.deviceStatus("p2")).status === 404);
  });
});

test("a taken port is one line that names the port, the flag and the owner, and exit code 2", async () => {
  const owner = createServer();
  await new Promise<void>((done) => owner.listen(0, "127.0.0.1", done));
  const taken = String((owner.address() as { port: number }).port);
  const entry = resolve(import.meta.dirname, "../../bin/edgeloom");
  const stack = new DevStack();
  const run = spawnSync(process.execPath, [entry, "dev", "--data-dir", stack.dataDir, "--kube-port", taken], {
    encoding: "utf8",
    env: { ...process.env, EDGELOOM_CHILD: "test" },
  });
  owner.close();
  await stack.stop();
  expect(run.status).toBe(2);
  const [line] = run.stderr.trim().split("\n").slice(-1);
  expect(line).toContain(`port ${taken}`);
  expect(line).toContain("--kube-port");
  expect(line).toContain(`(pid ${process.pid})`);
});
