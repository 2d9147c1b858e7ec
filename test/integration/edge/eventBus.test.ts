import type { MqttClient } from "mqtt";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EventBus } from "../../../src/edge/eventBus/eventBus.ts";
import { BrokerBench } from "../../support/brokerBench.ts";
import { deviceSpec, MemoryTwins } from "../../support/memoryTwins.ts";
import { Ears, RecordingLogger } from "../../support/mqttClients.ts";
import { TestClock } from "../../support/testClock.ts";

const KEY = "default/pump";
const SET = "devices/default/pump/setpoint/set";
const RESULT = `${SET}/result`;

let bench: BrokerBench;
let twins: MemoryTwins;
let clock: TestClock;
let eventBus: EventBus;
let log: RecordingLogger;
let app: MqttClient;
let ears: Ears;

beforeEach(async () => {
  bench = await BrokerBench.start();
  twins = new MemoryTwins();
  clock = new TestClock();
  log = new RecordingLogger();
  eventBus = new EventBus({
    config: { maxValueBytes: 1000 },
    bus: twins.bus,
    broker: bench.broker,
    twins,
    registry: bench.registry,
    log,
    clock,
    random: () => 0,
  });
  await eventBus.start();
  twins.assign(
    deviceSpec(
      [
        { name: "setpoint", minimum: "0", maximum: "100", unit: "Cel" },
        { name: "count", type: "INT" },
        { name: "label", type: "STRING" },
        { name: "speed", accessMode: "ReadOnly" },
      ],
      {
        methods: [
          { name: "start", propertyNames: ["setpoint", "count"] },
          { name: "idle", propertyNames: [] },
        ],
      },
    ),
  );
  app = await bench.client();
  ears = new Ears(app);
  await app.subscribeAsync("devices/#", { qos: 1 });
});

afterEach(async () => {
  expect(twins.errors).toEqual([]);
  expect(log.lines.filter(({ level }) => level === "error")).toEqual([]);
  await eventBus.stop();
  await bench.stop();
});

const publish = (topic: string, payload: string | Buffer) => app.publishAsync(topic, payload, { qos: 1 });
const result = async (number = 1, topic = RESULT) =>
  JSON.parse(await ears.on(topic, number)) as Record<string, unknown>;
const results = () => ears.heard.filter(({ topic }) => topic === RESULT).map(({ text }) => text);

/** Waits until DeviceTwin was asked that often, and the change is on its way. */
async function asked(count: number): Promise<void> {
  while (twins.sets.length < count || twins.twin(KEY)?.properties["setpoint"]?.desired?.state !== "sent") {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

it("shows values and states to who comes later", async () => {
  twins.report(KEY, "count", { value: "9007199254740993", quality: "good", reason: "", at: clock.now() });
  twins.say(KEY, { state: "online", reason: "", message: "", since: clock.now() });
  const late = await bench.client();
  const lateEars = new Ears(late);
  await late.subscribeAsync("devices/#", { qos: 1 });
  expect(await lateEars.on("devices/default/pump/count")).toBe(
    '{"value":9007199254740993,"type":"INT","quality":"good","at":"2026-01-01T00:00:00.000Z","version":1}',
  );
  expect(await lateEars.on("devices/default/pump/$state")).toBe(
    '{"state":"online","reason":"","since":"2026-01-01T00:00:00.000Z"}',
  );
  expect(lateEars.heard.every(({ retain }) => retain)).toBe(true);
});

describe("set", () => {
  it("answers once, with how it ended", async () => {
    await publish(SET, '{"value":21.5,"id":"a","ttlMs":5000}');
    await asked(1);
    twins.progress(KEY, "setpoint", "written");
    twins.progress(KEY, "setpoint", "verified");
    expect(await result()).toEqual({ id: "a", ok: true, code: "Verified", message: "" });
    expect(twins.sets).toEqual([{ property: "setpoint", value: "21.5", ttlMs: 5000 }]);
    await clock.advance(5000);
    expect(results()).toHaveLength(1);
  });

  it("says Accepted after one second, and the end when it comes", async () => {
    await publish(SET, "42");
    await asked(1);
    await clock.advance(999);
    expect(results()).toEqual([]);
    await clock.advance(1);
    expect(await result()).toMatchObject({ id: "", ok: true, code: "Accepted" });
    twins.progress(KEY, "setpoint", "mismatch", "ReadBack", "read back 41");
    expect(await result(2)).toEqual({ id: "", ok: false, code: "Mismatch", message: "read back 41" });
  });

  it("does not say Accepted before it is on disk", async () => {
    let write = () => {};
    const written = new Promise<void>((resolve) => {
      write = resolve;
    });
    twins.stored = () => written;
    await publish(SET, "42");
    while (twins.sets.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(3000);
    expect(results()).toEqual([]);
    write();
    expect(await result()).toMatchObject({ code: "Accepted" });
  });

  it("tells the earlier of two that it was superseded", async () => {
    await publish(SET, '{"value":1,"id":"first"}');
    await publish(SET, '{"value":2,"id":"second"}');
    await asked(2);
    expect(await result()).toMatchObject({ id: "first", ok: false, code: "Superseded" });
    twins.progress(KEY, "setpoint", "verified");
    expect(await result(2)).toMatchObject({ id: "second", ok: true, code: "Verified" });
  });

  it("tells that the device was taken away meanwhile", async () => {
    await publish(SET, '{"value":1,"id":"a"}');
    await asked(1);
    twins.remove(KEY);
    expect(await result()).toMatchObject({ id: "a", ok: false, code: "UnknownDevice" });
  });

  it("tells how a change ended that was asked for before the edge's last start", async () => {
    twins.desire(KEY, "setpoint", "5", { spec: 2, local: 1 }, "mqtt");
    twins.progress(KEY, "setpoint", "verified");
    expect(await result()).toMatchObject({ id: "", ok: true, code: "Verified" });
  });

  it.each([
    ["devices/default/none/setpoint/set", '{"value":1,"id":"a"}', "UnknownDevice", "a"],
    ["devices/default/pump/none/set", '{"value":1,"id":"a"}', "UnknownProperty", "a"],
    ["devices/default/pump/speed/set", '{"value":1,"id":"a"}', "ReadOnly", "a"],
    [SET, '{"value":101,"id":"a"}', "OutOfRange", "a"],
    [SET, '{"value":"hot","id":"a"}', "WrongType", "a"],
    [SET, '{"value":', "BadPayload", ""],
    [SET, Buffer.from([0xff, 0xfe, 0x31]), "BadPayload", ""],
    [SET, "1".repeat(1001), "TooLarge", ""],
  ])("on %s refuses %s as %s", async (topic, payload, code, id) => {
    await publish(topic, payload);
    expect(await result(1, `${topic}/result`)).toMatchObject({ id, ok: false, code });
    expect(twins.sets).toEqual([]);
    expect(await bench.metric("edgeloom_mqtt_requests_refused_total", { reason: code })).toBe(1);
  });

  it("takes any text for a STRING", async () => {
    await publish("devices/default/pump/label/set", '{"not":"the long form"} 🌍');
    while (twins.sets.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(twins.sets).toEqual([{ property: "label", value: '{"not":"the long form"} 🌍' }]);
  });
});

describe("method", () => {
  const CALL = "devices/default/pump/$method/start";

  it("writes its properties from its arguments and answers when all are done", async () => {
    await publish(CALL, '{"setpoint":20,"count":9007199254740993,"id":"m"}');
    await asked(2);
    twins.progress(KEY, "setpoint", "verified");
    twins.progress(KEY, "count", "verified");
    expect(await result(1, `${CALL}/result`)).toEqual({ id: "m", ok: true, code: "Verified", message: "" });
    expect(twins.sets).toEqual([
      { property: "setpoint", value: "20" },
      { property: "count", value: "9007199254740993" },
    ]);
  });

  it.each([
    [CALL, '{"setpoint":20,"id":"m"}', "BadPayload"],
    [CALL, '{"setpoint":200,"count":1,"id":"m"}', "OutOfRange"],
    ["devices/default/pump/$method/none", '{"id":"m"}', "UnknownProperty"],
    ["devices/default/pump/$method/idle", '{"id":"m"}', "Rejected"],
    ["devices/default/none/$method/start", '{"id":"m"}', "UnknownDevice"],
  ])("on %s refuses %s as %s and writes nothing", async (topic, payload, code) => {
    await publish(topic, payload);
    expect(await result(1, `${topic}/result`)).toMatchObject({ id: "m", ok: false, code });
    expect(twins.sets).toEqual([]);
  });
});
