import { once } from "node:events";
import { Registry } from "prom-client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Broker } from "../../../src/edge/broker/broker.ts";
import { mqttConfig } from "../../../src/edge/mqttConfig.ts";
import { systemClock } from "../../../src/shared/kit/time.ts";
import { BrokerBench } from "../../support/brokerBench.ts";
import { Ears, RecordingLogger } from "../../support/mqttClients.ts";

let bench: BrokerBench;

afterEach(() => bench.stop());

describe("delivery", () => {
  beforeEach(async () => {
    bench = await BrokerBench.start();
  });

  it.each([0, 1, 2] as const)("brings a message of QoS %i to its subscriber once", async (qos) => {
    const listener = await bench.client();
    const ears = new Ears(listener);
    await listener.subscribeAsync("plant/#", { qos });
    const sender = await bench.client();
    await sender.publishAsync("plant/a", "1", { qos });
    await sender.publishAsync("plant/b", "2", { qos });
    expect(await ears.on("plant/b")).toBe("2");
    expect(ears.heard.map((message) => message.text)).toEqual(["1", "2"]);
  });

  it("keeps what the edge publishes as retained, until an empty payload clears it", async () => {
    bench.broker.publish("devices/default/pump/speed", "7", { retain: true });
    bench.broker.publish("devices/default/pump/old", "8", { retain: true });
    bench.broker.publish("devices/default/pump/old", "", { retain: true });
    const listener = await bench.client();
    const ears = new Ears(listener);
    await listener.subscribeAsync("devices/#");
    bench.broker.publish("devices/default/pump/end", "9", { retain: false });
    await ears.on("devices/default/pump/end");
    expect(ears.heard.map(({ topic, text, retain }) => [topic, text, retain])).toEqual([
      ["devices/default/pump/speed", "7", true],
      ["devices/default/pump/end", "9", false],
    ]);
  });

  it("tells the edge what clients publish, and by whom", async () => {
    const heard = new Promise((resolve) => bench.broker.subscribe(["devices/+/+/+/set"], resolve));
    const sender = await bench.client({ clientId: "operator" });
    await sender.publishAsync("devices/default/pump/speed/set", "12", { qos: 1 });
    expect(await heard).toEqual({
      topic: "devices/default/pump/speed/set",
      payload: Buffer.from("12"),
      clientId: "operator",
    });
  });

  it("counts clients and messages", async () => {
    const listener = await bench.client();
    const ears = new Ears(listener);
    await listener.subscribeAsync("plant/#");
    await listener.publishAsync("plant/a", "1");
    await ears.on("plant/a");
    expect(await bench.metric("edgeloom_mqtt_clients")).toBe(1);
    expect(await bench.metric("edgeloom_mqtt_messages_in_total")).toBe(1);
    expect(await bench.metric("edgeloom_mqtt_messages_out_total")).toBe(1);
  });
});

describe("voices", () => {
  beforeEach(async () => {
    bench = await BrokerBench.start();
  });

  it.each([
    "devices/default/pump/speed",
    "devices/default/pump/$state",
    "devices/default/pump/speed/set/result",
    "devices/default/pump/$method/start/result",
    "$hw/events/device/default/pump/twin/update/result",
    "$hw/events/device/default/pump/twin/get/result",
    "$hw/events/device/default/pump/twin/update/delta",
    "$hw/events/device/default/pump/twin/cloud_updated",
    "$hw/events/node/edge-1/membership/updated",
  ])("does not let a client speak for the edge on %s", async (topic) => {
    const listener = await bench.client();
    const ears = new Ears(listener);
    await listener.subscribeAsync([topic, "end"]);
    const sender = await bench.client({ will: { topic, payload: Buffer.from("will"), qos: 1, retain: true } });
    await sender.publishAsync(topic, "faked", { qos: 1, retain: true });
    const gone = once(sender.stream, "close");
    sender.stream.destroy();
    await gone;
    bench.broker.publish("end", "", { retain: false });
    await ears.on("end");
    expect(ears.heard.map((message) => message.topic)).toEqual(["end"]);
    expect(await bench.metric("edgeloom_mqtt_refused_total", { reason: "topicReserved" })).toBeGreaterThanOrEqual(1);
  });

  it.each([
    "devices/default/pump/speed/set",
    "devices/default/pump/$method/start",
    "$hw/events/device/default/pump/twin/update",
    "$hw/events/device/default/pump/twin/get",
    "$hw/events/device/default/pump/state/update",
    "$hw/events/upload/anything",
    "plant/line1/weight",
  ])("lets a client publish on %s, where a request is never kept", async (topic) => {
    const listener = await bench.client();
    const ears = new Ears(listener);
    await listener.subscribeAsync(topic);
    await listener.publishAsync(topic, "x", { qos: 1, retain: true });
    expect(await ears.on(topic)).toBe("x");
    const later = await bench.client();
    const late = new Ears(later);
    await later.subscribeAsync([topic, "end"]);
    bench.broker.publish("end", "", { retain: false });
    await late.on("end");
    expect(late.heard.some((message) => message.retain)).toBe(topic.startsWith("plant") || topic.includes("upload"));
  });
});

it("says which port is taken, and how to choose another", async () => {
  bench = await BrokerBench.start();
  const config = mqttConfig.parse({ port: bench.port });
  const second = new Broker({ config, registry: new Registry(), log: new RecordingLogger(), clock: systemClock });
  await expect(second.start()).rejects.toMatchObject({ code: "config.portTaken" });
  await second.stop();
});

it("refuses to listen beyond this machine, and says why", async () => {
  bench = await BrokerBench.start();
  expect(mqttConfig.safeParse({ host: "0.0.0.0" }).error?.issues[0]?.message).toMatch(/loopback.*TLS and users/);
});
