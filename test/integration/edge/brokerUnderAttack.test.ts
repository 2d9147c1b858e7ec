import { afterEach, describe, expect, it } from "vitest";
import { BrokerBench } from "../../support/brokerBench.ts";
import { Ears, exchangeBytes, packet, stalledSubscriber, text } from "../../support/mqttClients.ts";

let bench: BrokerBench;

afterEach(() => bench.stop());

describe("hostile and broken clients", () => {
  it("delivers everything in order to others while one subscriber does not read", async () => {
    bench = await BrokerBench.start();
    const listener = await bench.client();
    const ears = new Ears(listener);
    await listener.subscribeAsync("plant/#");
    const stalled = await stalledSubscriber(bench.port, "plant/#");
    const closed = new Promise<void>((resolve) => stalled.once("close", () => resolve()));
    const sender = await bench.client();
    const count = 10_000;
    const payload = "x".repeat(3_000); // 30 MB: more than the kernel holds for the stalled one
    for (let n = 0; n < count; n++) {
      await sender.publishAsync("plant/a", `${n} ${payload}`, { qos: n % 100 === 0 ? 1 : 0 });
    }
    await ears.until(() => ears.heard.length === count);
    expect(ears.heard.every(({ text: body }, n) => body.startsWith(`${n} `))).toBe(true);
    stalled.resume();
    await closed;
    // Cut off for what it left unread; aedes alone would have let the others wait until its own timeout.
    expect(await bench.metric("edgeloom_mqtt_dropped_total", { reason: "clientTooSlow" })).toBe(1);
  });

  it("survives 20,000 messages without subscribers while one subscriber is slow", async () => {
    bench = await BrokerBench.start();
    const stalled = await stalledSubscriber(bench.port, "slow/#");
    for (let n = 0; n < 200; n++) bench.broker.publish("slow/a", "x".repeat(1000), { retain: false });
    for (let n = 0; n < 20_000; n++) bench.broker.publish(`nobody/${n % 50}`, "x", { retain: false });
    const listener = await bench.client();
    const ears = new Ears(listener);
    await listener.subscribeAsync("after");
    bench.broker.publish("after", "alive", { retain: false });
    expect(await ears.on("after")).toBe("alive");
    stalled.destroy();
  });

  it("brings 20,000 retained messages to a client that reads", async () => {
    bench = await BrokerBench.start();
    const payload = "x".repeat(200);
    for (let n = 0; n < 20_000; n++) bench.broker.publish(`devices/ns/dev/p${n}`, payload, { retain: true });
    const listener = await bench.client();
    const ears = new Ears(listener);
    await listener.subscribeAsync("devices/#");
    await ears.until(() => ears.heard.length === 20_000);
    expect(listener.connected).toBe(true);
  });

  it("closes a client that sends 10 MB, and nobody else", async () => {
    bench = await BrokerBench.start();
    const other = await bench.client();
    const ears = new Ears(other);
    await other.subscribeAsync("plant/#");
    const big = await bench.client();
    const closed = new Promise<void>((resolve) => big.on("close", () => resolve()));
    big.on("error", () => {}); // reset while it still sends
    big.publish("plant/big", Buffer.alloc(10_000_000));
    await closed;
    await other.publishAsync("plant/small", "1");
    expect(await ears.on("plant/small")).toBe("1");
    expect(ears.heard).toHaveLength(1);
    expect(await bench.metric("edgeloom_mqtt_refused_total", { reason: "packetTooLarge" })).toBe(1);
  });

  it("refuses an empty client id with clean session 0 by CONNACK 2 [MQTT-3.1.3-8]", async () => {
    bench = await BrokerBench.start();
    const connect = packet(0x10, Buffer.concat([text("MQTT"), Buffer.from([4, 0, 0, 60]), text("")]));
    expect(await exchangeBytes(bench.port, connect)).toEqual(Buffer.from([0x20, 2, 0, 2]));
    expect(await bench.metric("edgeloom_mqtt_refused_total", { reason: "clientIdMissing" })).toBe(1);
  });

  it("refuses MQTT 5 by CONNACK 1", async () => {
    bench = await BrokerBench.start();
    const connect = packet(0x10, Buffer.concat([text("MQTT"), Buffer.from([5, 2, 0, 60, 0]), text("five")]));
    const answer = await exchangeBytes(bench.port, connect);
    expect(answer.subarray(0, 1)).toEqual(Buffer.from([0x20]));
    expect(answer[3]).toBe(1);
    expect(await bench.metric("edgeloom_mqtt_refused_total", { reason: "protocolVersion" })).toBe(1);
  });

  it.each(["__proto__", "constructor", "toString"])(
    "serves a client named %s, and topics of that name",
    async (name) => {
      bench = await BrokerBench.start();
      const listener = await bench.client({ clientId: name, clean: false });
      const ears = new Ears(listener);
      await listener.subscribeAsync(name, { qos: 1 });
      await listener.publishAsync(name, "1", { qos: 2, retain: true });
      expect(await ears.on(name)).toBe("1");
      await listener.unsubscribeAsync(name);
      await bench.client({ clientId: name, clean: false });
    },
  );

  it("closes a connection that speaks something else", async () => {
    bench = await BrokerBench.start();
    await exchangeBytes(bench.port, Buffer.from("GET / HTTP/1.1\r\nHost: edge\r\n\r\n"));
    const answer = await exchangeBytes(bench.port, packet(0x30, Buffer.concat([text("plant/a"), Buffer.from("1")])));
    expect(answer).toHaveLength(0);
  });

  it("answers subscriptions beyond the limit, or too long ones, with 0x80", async () => {
    bench = await BrokerBench.start({ maxSubscriptionsPerClient: 2, maxTopicLength: 64 });
    const listener = await bench.client();
    const granted = await listener.subscribeAsync(["a", "b"]);
    expect(granted.map(({ qos }) => qos)).toEqual([0, 0]);
    await expect(listener.subscribeAsync("c")).rejects.toThrow();
    await listener.unsubscribeAsync("a");
    await expect(listener.subscribeAsync("x".repeat(65))).rejects.toThrow();
    expect((await listener.subscribeAsync("c"))[0]?.qos).toBe(0);
  });

  it("refuses clients beyond the limit by CONNACK 3, but not the return of one that is here", async () => {
    bench = await BrokerBench.start({ maxClients: 1 });
    const first = await bench.client({ clientId: "one" });
    const replaced = new Promise<void>((resolve) => first.on("close", () => resolve()));
    await expect(bench.client({ clientId: "two" })).rejects.toThrow(/server unavailable/i);
    await bench.client({ clientId: "one" });
    await replaced;
  });

  it("keeps no more for an absent session than its limit, and no more sessions than theirs", async () => {
    bench = await BrokerBench.start({ maxQueuedMessages: 10, maxSessions: 1 });
    const first = await bench.client({ clientId: "one", clean: false });
    await first.subscribeAsync("plant/#", { qos: 1 });
    await expect(bench.client({ clientId: "two", clean: false })).rejects.toThrow(/server unavailable/i);
    await first.endAsync();
    const sender = await bench.client();
    for (let n = 0; n < 50; n++) await sender.publishAsync("plant/a", `${n}`, { qos: 1 });
    const returned = await bench.client({ clientId: "one", clean: false });
    const ears = new Ears(returned);
    await sender.publishAsync("plant/end", "", { qos: 1 });
    await ears.on("plant/end");
    expect(ears.heard.length).toBeLessThanOrEqual(11);
    expect(await bench.metric("edgeloom_mqtt_dropped_total", { reason: "sessionQueueFull" })).toBe(40);
  });

  it("bounds what clients keep in retained messages", async () => {
    bench = await BrokerBench.start({ maxRetainedBytes: 2000 });
    const sender = await bench.client();
    await sender.publishAsync("own/a", "x".repeat(1500), { qos: 1, retain: true });
    await sender.publishAsync("own/b", "x".repeat(1500), { qos: 1, retain: true });
    await sender.publishAsync("own/a", "", { qos: 1, retain: true });
    await sender.publishAsync("own/c", "x".repeat(1500), { qos: 1, retain: true });
    const ears = new Ears(sender);
    await sender.subscribeAsync("own/#");
    expect(await ears.on("own/c")).toHaveLength(1500);
    expect(ears.heard).toHaveLength(1);
  });
});
