import type { MqttClient } from "mqtt";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EventBus } from "../../../src/edge/eventBus/eventBus.ts";
import { BrokerBench } from "../../support/brokerBench.ts";
import { deviceSpec, MemoryTwins } from "../../support/memoryTwins.ts";
import { Ears, RecordingLogger } from "../../support/mqttClients.ts";
import { TestClock } from "../../support/testClock.ts";

const KEY = "default/pump";
const UPDATE = "$hw/events/device/default/pump/twin/update";
const GET = "$hw/events/device/default/pump/twin/get";

let bench: BrokerBench;
let twins: MemoryTwins;
let clock: TestClock;
let eventBus: EventBus;
let mapper: MqttClient;
let ears: Ears;

beforeEach(async () => {
  bench = await BrokerBench.start();
  twins = new MemoryTwins();
  clock = new TestClock();
  eventBus = new EventBus({
    config: { maxValueBytes: 1000 },
    bus: twins.bus,
    broker: bench.broker,
    twins,
    registry: bench.registry,
    log: new RecordingLogger(),
    clock,
    random: () => 0,
  });
  await eventBus.start();
  const visitor = { protocol: "modbus", config: {} };
  twins.assign(
    deviceSpec([
      { name: "level", type: "INT", visitor },
      { name: "note", type: "STRING" },
      { name: "ratio", maximum: "10" },
      { name: "fixed", accessMode: "ReadOnly" },
    ]),
  );
  mapper = await bench.client();
  ears = new Ears(mapper);
  await mapper.subscribeAsync(["$hw/events/device/#"], { qos: 1 });
});

afterEach(async () => {
  expect(twins.errors).toEqual([]);
  await eventBus.stop();
  await bench.stop();
});

async function ask(topic: string, payload: string | object, number = 1): Promise<Record<string, unknown>> {
  await mapper.publishAsync(topic, typeof payload === "string" ? payload : JSON.stringify(payload), { qos: 1 });
  return JSON.parse(await ears.on(`${topic}/result`, number)) as Record<string, unknown>;
}

const judge = (reason: string) =>
  twins.bus.emit("device.judged", { key: KEY, uid: "uid-1", acceptance: { accepted: true, reason, message: "" } });

describe("twin/update", () => {
  it("takes what a third-party mapper reports, all bits of it", async () => {
    judge("ExternalMapper");
    const answer = await ask(UPDATE, {
      event_id: "u1",
      timestamp: "a string, as KubeEdge's own mapper framework sends it",
      twin: { level: { actual: { value: "9007199254740993" } }, note: { actual: { value: "läuft (+5 %)" } } },
    });
    expect(answer).toEqual({
      event_id: "u1",
      timestamp: clock.now(),
      twin: {
        level: {
          actual: { value: "9007199254740993", metadata: { timestamp: clock.now() } },
          optional: true,
          metadata: { type: "int" },
        },
        note: {
          actual: { value: "läuft (+5 %)", metadata: { timestamp: clock.now() } },
          optional: true,
          metadata: { type: "string" },
        },
      },
    });
    const twin = twins.twin(KEY);
    expect(twin?.properties["level"]?.reported).toMatchObject({
      value: "9007199254740993",
      quality: "good",
      version: 1,
    });
  });

  it("answers once it is on disk, not before", async () => {
    let write = () => {};
    const written = new Promise<void>((resolve) => {
      write = resolve;
    });
    twins.stored = () => written;
    const answer = ask(UPDATE, { event_id: "u1", twin: { note: { actual: { value: "x" } } } });
    while (twins.twin(KEY)?.properties["note"] === undefined) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    expect(ears.heard.filter(({ topic }) => topic === `${UPDATE}/result`)).toEqual([]);
    write();
    expect(await answer).toMatchObject({ event_id: "u1" });
  });

  it("takes expected values as a set", async () => {
    const answer = await ask(UPDATE, { event_id: "u1", twin: { ratio: { expected: { value: "2.50" } } } });
    expect(answer).toMatchObject({ event_id: "u1", twin: { ratio: { expected: { value: "2.5" } } } });
    expect(twins.sets).toEqual([{ property: "ratio", value: "2.5" }]);
  });

  it("takes a report of the desired value for its arrival", async () => {
    twins.desire(KEY, "ratio", "3", { spec: 4, local: 0 });
    await ask(UPDATE, { event_id: "u1", twin: { ratio: { actual: { value: "2" } } } });
    expect(twins.twin(KEY)?.properties["ratio"]?.desired?.state).toBe("sent");
    await ask(UPDATE, { event_id: "u2", twin: { ratio: { actual: { value: "3.0" } } } }, 2);
    expect(twins.twin(KEY)?.properties["ratio"]?.desired?.state).toBe("verified");
  });

  it("keeps the order of 1,000 updates", async () => {
    for (let n = 1; n <= 1000; n++) {
      mapper.publish(UPDATE, JSON.stringify({ event_id: `${n}`, twin: { level: { actual: { value: `${n}` } } } }));
    }
    await ears.on(`${UPDATE}/result`, 1000);
    const ids = ears.heard
      .filter(({ topic }) => topic === `${UPDATE}/result`)
      .map(({ text }) => Number((JSON.parse(text) as { event_id: string }).event_id));
    expect(ids).toEqual(Array.from({ length: 1000 }, (_, index) => index + 1));
    expect(twins.twin(KEY)?.properties["level"]?.reported).toMatchObject({ value: "1000", version: 1000 });
  });

  it.each([
    ["no JSON", "{", 400, ""],
    ["KubeEdge's poison", '{"event_id":"u1","twin":{"x":{"actual":{}}}}', 400, "u1"],
    ["a number for a value", '{"event_id":"u1","twin":{"ratio":{"actual":{"value":2}}}}', 400, "u1"],
    ["a value of the wrong type", '{"event_id":"u1","twin":{"ratio":{"actual":{"value":"warm"}}}}', 400, "u1"],
    ["a wish out of range", '{"event_id":"u1","twin":{"ratio":{"expected":{"value":"11"}}}}', 400, "u1"],
    ["a wish for what is read-only", '{"event_id":"u1","twin":{"fixed":{"expected":{"value":"1"}}}}', 400, "u1"],
    ["a deletion", '{"event_id":"u1","twin":{"ratio":null}}', 400, "u1"],
    ["an unknown property", '{"event_id":"u1","twin":{"none":{"actual":{"value":"1"}}}}', 404, "u1"],
    ["a value too large", `{"event_id":"u1","twin":{"note":{"actual":{"value":"${"x".repeat(1001)}"}}}}`, 400, "u1"],
    ["more than four such values", `{"event_id":"u1","twin":{}}${" ".repeat(4000)}`, 400, ""],
  ])("answers %s with its code and event_id, and takes nothing of it", async (_what, payload, code, eventId) => {
    const answer = await ask(UPDATE, payload);
    expect(answer).toMatchObject({ event_id: eventId, code });
    expect(answer["reason"]).toBeTypeOf("string");
    expect(twins.twin(KEY)?.properties).toEqual({});
  });

  it("takes all of an update or nothing", async () => {
    const twin = { note: { actual: { value: "x" } }, ratio: { actual: { value: "warm" } } };
    await ask(UPDATE, { event_id: "u1", twin });
    expect(twins.twin(KEY)?.properties).toEqual({});
  });

  it("does not let a client report what a built-in mapper reads", async () => {
    judge("Accepted");
    const answer = await ask(UPDATE, { event_id: "u1", twin: { level: { actual: { value: "1" } } } });
    expect(answer).toMatchObject({ event_id: "u1", code: 409 });
    const other = await ask(UPDATE, { event_id: "u2", twin: { note: { actual: { value: "seen" } } } }, 2);
    expect(other).not.toHaveProperty("code");
  });

  it("answers for a device that is not here with 404 on that device's topic", async () => {
    const answer = await ask("$hw/events/device/default/none/twin/update", {
      event_id: "u1",
      twin: { x: { actual: { value: "1" } } },
    });
    expect(answer).toMatchObject({ event_id: "u1", code: 404 });
  });
});

describe("twin/get", () => {
  it("gives both sides of every property, as KubeEdge has them", async () => {
    twins.report(KEY, "ratio", { value: "1.5", quality: "good", reason: "", at: 17 });
    twins.desire(KEY, "ratio", "2", { spec: 1, local: 0 });
    expect(await ask(GET, { event_id: "g1" })).toEqual({
      event_id: "g1",
      timestamp: clock.now(),
      twin: {
        level: { optional: true, metadata: { type: "int" } },
        note: { optional: true, metadata: { type: "string" } },
        ratio: {
          expected: { value: "2", metadata: { timestamp: 5 } },
          actual: { value: "1.5", metadata: { timestamp: 17 } },
          optional: true,
          metadata: { type: "double" },
        },
        fixed: { optional: true, metadata: { type: "double" } },
      },
    });
  });

  it("answers for a device that is not here with 404", async () => {
    const answer = await ask("$hw/events/device/default/none/twin/get", { event_id: "g1" });
    expect(answer).toMatchObject({ event_id: "g1", code: 404 });
  });
});
