import { beforeEach, describe, expect, it } from "vitest";
import { HEARTBEAT_CHECK_MS, Publications } from "../../../../src/edge/eventBus/publications.ts";
import { deviceSpec, MemoryTwins } from "../../../support/memoryTwins.ts";
import { TestClock } from "../../../support/testClock.ts";

const KEY = "default/pump";
const SPEED = "devices/default/pump/speed";

let clock: TestClock;
let twins: MemoryTwins;
let publications: Publications;
let published: { readonly topic: string; readonly payload: string }[];

/** What a late subscriber would find. */
const retained = () => new Map(published.map(({ topic, payload }) => [topic, payload]));
const of = (topic: string) => published.filter((message) => message.topic === topic);

beforeEach(() => {
  clock = new TestClock();
  twins = new MemoryTwins();
  published = [];
  publications = new Publications({
    broker: { publish: (topic, payload) => void published.push({ topic, payload }) },
    clock,
    random: () => 0.5,
    twin: (key) => twins.twin(key),
  });
  const { signal } = new AbortController();
  twins.bus.on("device.assigned", ({ assignment }) => publications.assign(assignment.spec), signal);
  twins.bus.on("device.removed", ({ key }) => publications.remove(key), signal);
  twins.bus.on("twin.changed", (news) => publications.change(news, news.reported, news.state), signal);
});

/** Lets time pass with heartbeats, as EventBus does. */
async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += HEARTBEAT_CHECK_MS) {
    await clock.advance(HEARTBEAT_CHECK_MS);
    publications.beat();
  }
}

const good = (value: string) => ({ value, quality: "good", reason: "", at: clock.now() }) as const;

describe("values", () => {
  it("are published when value, quality or reason change, and not when nothing did", () => {
    twins.assign(deviceSpec([{ name: "speed" }]));
    twins.report(KEY, "speed", good("1"));
    twins.report(KEY, "speed", { ...good("1"), version: 1 });
    twins.report(KEY, "speed", { ...good("1"), quality: "stale", reason: "Timeout" });
    twins.report(KEY, "speed", { ...good("1"), quality: "stale", reason: "Refused" });
    expect(of(SPEED).map(({ payload }) => (JSON.parse(payload) as { version: number }).version)).toEqual([1, 2, 3]);
  });

  it("never go back in version", () => {
    twins.assign(deviceSpec([{ name: "speed" }]));
    twins.report(KEY, "speed", { ...good("2"), version: 9 });
    twins.report(KEY, "speed", { ...good("1"), version: 8 });
    expect(retained().get(SPEED)).toContain('"value":2,');
  });

  it("are published at least every 60 s with the same version and a fresh time, evenly after a start", async () => {
    twins.assign(deviceSpec([{ name: "speed" }]));
    twins.report(KEY, "speed", good("1"));
    await pass(60_000);
    expect(of(SPEED)).toHaveLength(2);
    await pass(600_000);
    const versions = of(SPEED).map(({ payload }) => (JSON.parse(payload) as { version: number }).version);
    expect(new Set(versions)).toEqual(new Set([1]));
    expect(versions.length).toBeGreaterThanOrEqual(12);
    expect(versions.length).toBeLessThanOrEqual(18);
  });

  it("are published from what the twin holds when the edge starts", () => {
    twins.assign(deviceSpec([{ name: "speed" }]));
    twins.report(KEY, "speed", { ...good("5"), quality: "stale", reason: "EdgeRestarted" });
    const [{ payload: before } = { payload: "" }] = of(SPEED);
    published = [];
    twins.remove(KEY);
    twins.assign(deviceSpec([{ name: "speed" }]));
    expect(retained().get(SPEED)).toBe("");
    twins.report(KEY, "speed", { ...good("5"), quality: "stale", reason: "EdgeRestarted" });
    expect(retained().get(SPEED)).toBe(before);
  });

  it("appear within a second if the twin had them before anybody said so", async () => {
    twins.assign(deviceSpec([{ name: "speed" }]));
    const twin = twins.twin(KEY);
    Object.assign(twin?.properties ?? {}, { speed: { reported: { ...good("3"), version: 4 } } });
    await pass(HEARTBEAT_CHECK_MS);
    expect(retained().get(SPEED)).toContain('"value":3,');
  });

  it("are published again at once with another unit", () => {
    twins.assign(deviceSpec([{ name: "speed", unit: "rpm" }]));
    twins.report(KEY, "speed", good("1"));
    twins.assign(deviceSpec([{ name: "speed", unit: "rpm" }]));
    expect(of(SPEED)).toHaveLength(1);
    twins.assign(deviceSpec([{ name: "speed", unit: "1/min" }]));
    expect(of(SPEED)).toHaveLength(2);
    expect(retained().get(SPEED)).toContain('"unit":"1/min"');
  });

  it("are cleared rather than shown as what they are not when the type changes", () => {
    twins.assign(deviceSpec([{ name: "speed", type: "STRING" }]));
    twins.report(KEY, "speed", good("fast"));
    twins.assign(deviceSpec([{ name: "speed", type: "INT" }]));
    expect(retained().get(SPEED)).toBe("");
    twins.report(KEY, "speed", good("7"));
    expect(retained().get(SPEED)).toContain('"value":7,"type":"INT"');
  });
});

describe("topics", () => {
  it("escape what MQTT gives a meaning to", () => {
    twins.assign(deviceSpec([{ name: "a/b+c#d%e$f" }]));
    twins.report(KEY, "a/b+c#d%e$f", good("1"));
    expect(published.map(({ topic }) => topic)).toContain("devices/default/pump/a%2Fb%2Bc%23d%25e%24f");
  });

  it("are cleared when a property, a device or its identity goes", () => {
    twins.assign(deviceSpec([{ name: "speed" }, { name: "level" }]));
    twins.report(KEY, "speed", good("1"));
    twins.report(KEY, "level", good("2"));
    twins.assign(deviceSpec([{ name: "speed" }]));
    expect(retained().get("devices/default/pump/level")).toBe("");
    expect(retained().get(SPEED)).not.toBe("");
    twins.assign(deviceSpec([{ name: "level" }], { uid: "uid-2" }));
    expect(retained().get(SPEED)).toBe("");
    twins.report(KEY, "level", good("3"));
    twins.remove(KEY);
    expect([...retained()].filter(([, payload]) => payload !== "")).toEqual([]);
  });
});

describe("states", () => {
  it("are published on change alone", async () => {
    twins.assign(deviceSpec([{ name: "speed" }]));
    const state = { state: "online", reason: "", message: "", since: clock.now() } as const;
    twins.say(KEY, state);
    twins.say(KEY, state);
    twins.say(KEY, { ...state, state: "offline", reason: "Timeout" });
    await pass(120_000);
    expect(
      of("devices/default/pump/$state").map(({ payload }) => (JSON.parse(payload) as { state: string }).state),
    ).toEqual(["unknown", "online", "offline"]);
  });
});
