import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Fault } from "../../../../src/shared/kit/fault.ts";
import { fakeDevice, RuntimeRig } from "../../../support/runtimeRig.ts";

let rig: RuntimeRig;
beforeEach(() => {
  rig = new RuntimeRig();
});
afterEach(async () => {
  await rig.close();
  expect(rig.crashes).toEqual([]);
});

const timeout = new Fault("link.timeout", "no answer");
const closed = new Fault("link.closed", "gone");
const unreachable = new Fault("link.unreachable", "refused", { details: { reason: "ConnectionRefused" } });

describe("polling", () => {
  test("a new device is read at once, all properties of a cycle in one call, and reported in one message", async () => {
    rig.driver.set("h/1/a", 1);
    rig.driver.set("h/1/b", 2);
    rig.assign(fakeDevice("x", { a: {}, b: {} }));
    await rig.clock.advance(0);
    expect(rig.said.map(({ kind }) => kind)).toEqual(["ready", "acceptance", "state", "reported"]);
    expect(rig.driver.log).toEqual(["open h", "h/1 read a b"]);
    expect(rig.readings("d/x")).toEqual(["a=1", "b=2"]);
    expect(rig.states("d/x")).toEqual(["online"]);
  });

  test("each property is read once per cycle of its own", async () => {
    rig.driver.set("h/1/fast", 1);
    rig.driver.set("h/1/slow", 2);
    rig.assign(fakeDevice("x", { fast: { collectCycleMs: 100 }, slow: { collectCycleMs: 500 } }));
    await rig.clock.advance(5000);
    expect(rig.driver.log.filter((entry) => entry.includes("fast")).length).toBeGreaterThanOrEqual(50);
    expect(rig.driver.log.filter((entry) => entry.includes("slow")).length).toBeGreaterThanOrEqual(10);
    expect(rig.driver.log.filter((entry) => entry.includes("slow")).length).toBeLessThanOrEqual(12);
    expect(rig.of("stats").at(-1)?.lines[0]).toMatchObject({ missedCycles: 0, failures: 0, open: true, devices: 1 });
  });

  test("devices of one line share a session, and their calls never overlap", async () => {
    rig.driver.during = () => rig.clock.sleep(7, new AbortController().signal);
    const devices = Array.from({ length: 20 }, (_, index) => {
      rig.driver.set(`h/${index}/a`, index);
      return fakeDevice(`x${index}`, { a: { collectCycleMs: 200 } }, { config: { host: "h", unit: index } });
    });
    rig.assign(...devices);
    await rig.clock.advance(3000);
    expect(rig.driver.log.filter((entry) => entry === "open h")).toHaveLength(1);
    for (let index = 0; index < 20; index++) {
      expect(rig.driver.log.filter((entry) => entry === `h/${index} read a`).length).toBeGreaterThanOrEqual(14);
    }
  });

  test("a line with more to read than fits counts the cycles it missed, and reads everything in turn", async () => {
    rig.driver.during = () => rig.clock.sleep(60, new AbortController().signal);
    for (const unit of [1, 2, 3]) rig.driver.set(`h/${unit}/a`, unit);
    const devices = [1, 2, 3].map((unit) =>
      fakeDevice(`x${unit}`, { a: { collectCycleMs: 100 } }, { config: { host: "h", unit } }),
    );
    rig.assign(...devices);
    await rig.clock.advance(10_000);
    const counts = [1, 2, 3].map((unit) => rig.driver.log.filter((entry) => entry === `h/${unit} read a`).length);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(2);
    const stats = rig.of("stats").at(-1)?.lines[0];
    expect(stats?.utilisation).toBeGreaterThan(0.98);
    expect((stats?.cycles ?? 0) + (stats?.missedCycles ?? 0)).toBeGreaterThan(290);
  });

  test("a point that the device refuses is bad with its reason, and costs no other", async () => {
    rig.driver.set("h/1/a", 1);
    rig.assign(fakeDevice("x", { a: {}, b: {} }));
    await rig.clock.advance(0);
    expect(rig.readings("d/x")).toEqual(["a=1", "b!bad NoSuchPlace"]);
    expect(rig.states("d/x")).toEqual(["online"]);
  });

  test("what is no value of the property's type says so", async () => {
    rig.driver.set("h/1/nan", Number.NaN);
    rig.driver.set("h/1/big", 2n ** 64n - 1n);
    rig.driver.set("h/1/flag", 7n);
    rig.driver.set("h/1/doubt", { value: 3, quality: "uncertain", reason: "LastUsable", sourceTimestamp: 5 });
    const device = fakeDevice("x", { nan: {}, big: { type: "INT" }, flag: { type: "BOOLEAN" }, doubt: {} });
    rig.assign(device);
    await rig.clock.advance(0);
    expect(rig.of("reported")[0]?.readings).toEqual([
      { property: "nan", value: null, quality: "bad", reason: "NotANumber" },
      { property: "big", quality: "bad", reason: "OutOfRange" },
      { property: "flag", value: "true", quality: "good", reason: "" },
      { property: "doubt", value: "3", quality: "uncertain", reason: "LastUsable", sourceTimestamp: 5 },
    ]);
  });

  test("a paused device gets no traffic, and says why", async () => {
    rig.driver.set("h/1/a", 1);
    rig.assign(fakeDevice("x", { a: {} }));
    await rig.clock.advance(100);
    rig.assign(fakeDevice("x", { a: {} }, { paused: true }));
    await rig.clock.advance(0);
    const asked = rig.driver.log.length;
    await rig.clock.advance(30_000);
    expect(rig.driver.log.slice(asked)).toEqual([]);
    expect(rig.driver.sessions.size).toBe(0);
    expect(rig.states("d/x").at(-1)).toBe("unknown Paused");
    expect(rig.readings("d/x").at(-1)).toBe("a!stale Paused");
  });

  test("a changed device keeps its session; a forgotten one ends it", async () => {
    rig.driver.set("h/1/a", 1);
    rig.driver.set("h/1/b", 2);
    rig.assign(fakeDevice("x", { a: {} }));
    await rig.clock.advance(10);
    rig.assign(fakeDevice("x", { b: {} }));
    await rig.clock.advance(10);
    expect(rig.driver.log).toEqual(["open h", "h/1 read a", "h/1 read b"]);
    rig.forget("d/x");
    await rig.clock.advance(10_000);
    expect(rig.driver.log.slice(3)).toEqual(["close h"]);
  });
});

describe("a device that is away", () => {
  test("one lost exchange is tried again at once, and nobody is told", async () => {
    rig.driver.set("h/1/a", 1);
    rig.assign(fakeDevice("x", { a: {} }));
    await rig.clock.advance(10);
    rig.driver.during = async () => {
      rig.driver.during = async () => void rig.driver.broken.clear();
    };
    rig.driver.broken.set("h/1", closed);
    await rig.clock.advance(1000);
    expect(rig.states("d/x")).toEqual(["online"]);
    expect(rig.readings("d/x").every((entry) => entry === "a=1")).toBe(true);
  });

  test("two in a row make it offline with the reason, its values stale; it is probed, and back by itself", async () => {
    rig.driver.set("h/1/a", 1);
    rig.assign(fakeDevice("x", { a: {} }));
    await rig.clock.advance(10);
    rig.driver.broken.set("h/1", timeout);
    await rig.clock.advance(2000);
    expect(rig.states("d/x")).toEqual(["online", "offline Timeout"]);
    expect(rig.readings("d/x").at(-1)).toBe("a!stale Timeout");
    await rig.clock.advance(60_000);
    const probes = rig.driver.log.length;
    await rig.clock.advance(60_000);
    expect((rig.driver.log.length - probes) / 3).toBeLessThanOrEqual(7);
    rig.driver.broken.clear();
    rig.driver.set("h/1/a", 5);
    await rig.clock.advance(10_000);
    expect(rig.states("d/x").at(-1)).toBe("online");
    expect(rig.readings("d/x").at(-1)).toBe("a=5");
    expect(rig.of("reported").filter(({ readings }) => readings[0]?.quality === "stale")).toHaveLength(1);
  });

  test("a line that cannot be opened makes all its devices offline at once, and is reopened with backoff", async () => {
    rig.driver.broken.set("h", unreachable);
    const devices = [1, 2].map((unit) => fakeDevice(`x${unit}`, { a: {} }, { config: { host: "h", unit } }));
    for (const unit of [1, 2]) rig.driver.set(`h/${unit}/a`, unit);
    rig.assign(...devices);
    await rig.clock.advance(0);
    expect([rig.states("d/x1"), rig.states("d/x2")]).toEqual([
      ["offline ConnectionRefused"],
      ["offline ConnectionRefused"],
    ]);
    await rig.clock.advance(60_000);
    const opens = rig.driver.log.filter((entry) => entry === "open h").length;
    expect(opens).toBeGreaterThanOrEqual(8);
    expect(opens).toBeLessThanOrEqual(12);
    rig.driver.broken.clear();
    await rig.clock.advance(10_000);
    expect([rig.states("d/x1").at(-1), rig.states("d/x2").at(-1)]).toEqual(["online", "online"]);
  });

  test("a dead device on a shared line costs its neighbours no more than a fifth of the time", async () => {
    const wait = (ms: number) => rig.clock.sleep(ms, new AbortController().signal);
    rig.driver.set("h/1/a", 1);
    rig.driver.broken.set("h/2", timeout);
    rig.driver.during = () => wait(rig.driver.log.at(-1)?.startsWith("h/2") === true ? 1000 : 5);
    const devices = [1, 2].map((unit) =>
      fakeDevice(`x${unit}`, { a: { collectCycleMs: 100 } }, { config: { host: "h", unit } }),
    );
    rig.assign(...devices);
    await rig.clock.advance(5000);
    const before = rig.driver.log.filter((entry) => entry === "h/1 read a").length;
    await rig.clock.advance(100_000);
    const reads = rig.driver.log.filter((entry) => entry === "h/1 read a").length - before;
    expect(reads).toBeGreaterThan(800);
    expect(rig.states("d/x1")).toEqual(["online"]);
    expect(rig.states("d/x2")).toEqual(["offline Timeout"]);
  });

  test("a link fault of a session that stays open does not cost the line", async () => {
    rig.driver.set("h/1/a", 1);
    rig.driver.broken.set(
      "h/2",
      new Fault("link.unreachable", "gateway", { details: { reason: "Gateway", keepsLine: true } }),
    );
    const devices = [1, 2].map((unit) => fakeDevice(`x${unit}`, { a: {} }, { config: { host: "h", unit } }));
    rig.assign(...devices);
    await rig.clock.advance(10_000);
    expect(rig.driver.log.filter((entry) => entry === "open h")).toHaveLength(1);
    expect(rig.states("d/x2")).toEqual(["offline Gateway"]);
  });
});
