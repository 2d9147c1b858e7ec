import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Fault } from "../../../../src/shared/kit/fault.ts";
import { fakeDevice, RuntimeRig } from "../../../support/runtimeRig.ts";

let rig: RuntimeRig;
beforeEach(() => {
  rig = new RuntimeRig();
  rig.driver.set("h/1/a", 1);
  rig.driver.set("h/1/b", 2);
});
afterEach(async () => {
  await rig.close();
  expect(rig.crashes).toEqual([]);
});

const timeout = new Fault("link.timeout", "no answer");
const writes = () => rig.driver.log.filter((entry) => entry.includes("write"));
async function online(...properties: Parameters<typeof fakeDevice>[1][]): Promise<void> {
  rig.assign(fakeDevice("x", Object.assign({ a: {}, b: {} }, ...properties)));
  await rig.clock.advance(10);
}

describe("a write", () => {
  test("is written, said to be written, read back and verified, before any read that is due", async () => {
    await online();
    await rig.clock.advance(50);
    const asked = rig.driver.log.length;
    rig.write("d/x", "a", { value: "7" });
    await rig.clock.advance(0);
    expect(rig.driver.log.slice(asked)).toEqual(["h/1 write a=7", "h/1 read a"]);
    expect(rig.steps()).toEqual(["a 1.0 written", "a 1.0 verified"]);
    expect(rig.readings("d/x").at(-1)).toBe("a=7");
  });

  test("goes before the reads that wait", async () => {
    rig.driver.during = () => rig.clock.sleep(50, new AbortController().signal);
    const devices = [1, 2, 3, 4].map((unit) => fakeDevice(`x${unit}`, { a: {} }, { config: { host: "h", unit } }));
    rig.assign(...devices);
    await rig.clock.advance(10);
    rig.write("d/x1", "a", { value: "3" });
    await rig.clock.advance(60);
    expect(rig.driver.log.slice(0, 3)).toEqual(["open h", "h/1 read a", "h/1 write a=3"]);
  });

  test("is compared in the resolution of its point", async () => {
    await online();
    rig.driver.onWrite = (where, value) => rig.driver.set(where, Math.round(Number(value) * 10) / 10);
    rig.write("d/x", "a", { value: "21.4449" });
    await rig.clock.advance(0);
    expect(rig.steps().at(-1)).toBe("a 1.0 verified");
    expect(rig.readings("d/x").at(-1)).toBe("a=21.4");
  });

  test("that the device takes a while to show is looked at again, and verified then", async () => {
    await online();
    rig.driver.onWrite = () => {};
    rig.write("d/x", "a", { value: "7" });
    await rig.clock.advance(150);
    expect(rig.steps()).toEqual(["a 1.0 written"]);
    rig.driver.set("h/1/a", 7);
    await rig.clock.advance(1000);
    expect(rig.steps()).toEqual(["a 1.0 written", "a 1.0 verified"]);
    expect(writes()).toHaveLength(1);
  });

  test("that the device takes and does not show is a mismatch with what it shows, and is not repeated", async () => {
    await online();
    rig.driver.onWrite = () => {};
    rig.write("d/x", "a", { value: "7" });
    await rig.clock.advance(10_000);
    expect(rig.steps()).toEqual(["a 1.0 written", "a 1.0 mismatch Mismatch"]);
    expect(rig.of("progress").at(-1)?.message).toBe("the device took 7 and shows 1");
    expect(writes()).toHaveLength(1);
  });

  test("that the device refuses is rejected with its reason", async () => {
    await online();
    rig.driver.onWrite = () => {
      throw new Fault("device.refused", "no such register", { details: { reason: "IllegalDataAddress" } });
    };
    rig.write("d/x", "a", { value: "7" });
    await rig.clock.advance(0);
    expect(rig.steps()).toEqual(["a 1.0 rejected IllegalDataAddress"]);
    expect(rig.states("d/x")).toEqual(["online"]);
  });

  test("to a busy device is tried again", async () => {
    await online();
    let tries = 0;
    rig.driver.onWrite = (where, value) => {
      tries += 1;
      if (tries < 4) throw new Fault("device.refused", "busy", { details: { reason: "DeviceBusy", busy: true } });
      rig.driver.set(where, value);
    };
    rig.write("d/x", "a", { value: "7" });
    await rig.clock.advance(5000);
    expect(rig.steps()).toEqual(["a 1.0 written", "a 1.0 verified"]);
  });

  test.each([
    ["OutOfRange", { maximum: "10" }, "11"],
    ["OutOfRange", { minimum: "5" }, "4.5"],
    ["OutOfRange", { config: { at: "a", max: 3 } }, "4"],
    ["WrongType", { type: "INT" as const }, "abc"],
    ["WrongType", { type: "BOOLEAN" as const }, "5"],
    ["ReadOnly", { accessMode: "ReadOnly" as const }, "5"],
  ])("that is %s for %j never reaches the device", async (reason, property, value) => {
    await online({ a: property });
    rig.write("d/x", "a", { value });
    await rig.clock.advance(0);
    expect(rig.steps()).toEqual([`a 1.0 rejected ${reason}`]);
    expect(writes()).toEqual([]);
  });

  test("for a uid, a device or a property that is not here touches nothing", async () => {
    await online();
    rig.write("d/other", "a", { value: "7" });
    rig.write("d/x", "nope", { value: "7" });
    rig.sendRaw({ kind: "write", key: "d/x", nonsense: true });
    rig.sendRaw("garbage");
    await rig.clock.advance(0);
    expect(writes()).toEqual([]);
    expect(rig.steps()).toEqual([]);
  });
});

describe("several writes", () => {
  test("only the newest of a property counts, whatever comes late", async () => {
    rig.driver.broken.set("h", new Fault("link.unreachable", "down"));
    await online();
    rig.write("d/x", "a", { value: "5", order: 5 });
    rig.write("d/x", "a", { value: "6", order: 6 });
    rig.write("d/x", "a", { value: "4", order: 4 });
    rig.write("d/x", "b", { value: "9", order: 1 });
    rig.driver.broken.clear();
    await rig.clock.advance(10_000);
    expect(writes()).toEqual(["h/1 write a=6", "h/1 write b=9"]);
    expect(rig.steps()).toEqual(["a 6.0 written", "a 6.0 verified", "b 1.0 written", "b 1.0 verified"]);
  });

  test("the same order again is answered again, and not written again", async () => {
    await online();
    rig.write("d/x", "a", { value: "5", order: 5 });
    await rig.clock.advance(0);
    rig.write("d/x", "a", { value: "5", order: 5 });
    rig.write("d/x", "a", { value: "4", order: 4 });
    await rig.clock.advance(0);
    expect(writes()).toHaveLength(1);
    expect(rig.steps()).toEqual(["a 5.0 written", "a 5.0 verified", "a 5.0 verified"]);
  });

  test("one that comes while an older one is on its way takes its place", async () => {
    await online();
    rig.driver.during = () => rig.clock.sleep(50, new AbortController().signal);
    rig.write("d/x", "a", { value: "5", order: 5 });
    await rig.clock.advance(20);
    rig.write("d/x", "a", { value: "6", order: 6 });
    await rig.clock.advance(500);
    expect(writes()).toEqual(["h/1 write a=5", "h/1 write a=6"]);
    expect(rig.steps()).toEqual(["a 6.0 written", "a 6.0 verified"]);
  });
});

test("a flood of writes starves neither the reads of its line nor another device's writes", async () => {
  rig.driver.during = () => rig.clock.sleep(5, new AbortController().signal);
  rig.driver.set("h/2/a", 1);
  rig.assign(
    fakeDevice("x", { a: {} }),
    fakeDevice("y", { a: { collectCycleMs: 200 } }, { config: { host: "h", unit: 2 } }),
  );
  await rig.clock.advance(10);
  for (let order = 1; order <= 400; order++) {
    rig.write("d/x", "a", { value: String(order), order });
    if (order === 200) rig.write("d/y", "a", { value: "42" });
    await rig.clock.advance(10);
  }
  expect(rig.driver.log.filter((entry) => entry === "h/2 read a").length).toBeGreaterThan(15);
  expect(rig.of("progress").filter(({ key, state }) => key === "d/y" && state === "verified")).toHaveLength(1);
  await rig.clock.advance(1000);
  expect(rig.driver.shown.get("h/1/a")).toBe(400);
});

describe("while the device is away", () => {
  test("a write waits, and is written as soon as the device is back", async () => {
    await online();
    rig.driver.broken.set("h/1", timeout);
    await rig.clock.advance(2000);
    rig.write("d/x", "a", { value: "7" });
    await rig.clock.advance(60_000);
    expect(rig.steps()).toEqual([]);
    expect(writes()).toEqual([]);
    rig.driver.broken.clear();
    await rig.clock.advance(10_000);
    expect(rig.steps()).toEqual(["a 1.0 written", "a 1.0 verified"]);
  });

  test("one with a time to live expires on the monotonic clock, and never reaches the device", async () => {
    await online();
    rig.driver.broken.set("h/1", timeout);
    await rig.clock.advance(2000);
    rig.write("d/x", "a", { value: "7", timeLeftMs: 5000 });
    rig.clock.jump(3_600_000);
    await rig.clock.advance(4900);
    expect(rig.steps()).toEqual([]);
    rig.clock.jump(-7_200_000);
    await rig.clock.advance(200);
    expect(rig.steps()).toEqual(["a 1.0 expired Expired"]);
    rig.driver.broken.clear();
    await rig.clock.advance(30_000);
    expect(writes()).toEqual([]);
  });

  test("one whose time runs out while its line is being opened is not written", async () => {
    rig.driver.opening = () => rig.clock.sleep(500, new AbortController().signal);
    rig.assign(fakeDevice("x", { a: { collectCycleMs: 60_000 } }));
    rig.write("d/x", "a", { value: "7", timeLeftMs: 300 });
    await rig.clock.advance(5000);
    expect(rig.steps()).toEqual(["a 1.0 expired Expired"]);
    expect(writes()).toEqual([]);
  });

  test("a value that was written when the line broke is verified later, and not written again", async () => {
    await online();
    rig.driver.onWrite = (where, value) => {
      rig.driver.set(where, value);
      rig.driver.broken.set("h/1", timeout);
    };
    rig.write("d/x", "a", { value: "7", timeLeftMs: 3000 });
    await rig.clock.advance(60_000);
    expect(rig.steps()).toEqual(["a 1.0 written"]);
    rig.driver.broken.clear();
    await rig.clock.advance(20_000);
    expect(rig.steps()).toEqual(["a 1.0 written", "a 1.0 verified"]);
    expect(writes()).toHaveLength(1);
  });
});

describe("after a restart of the mapper", () => {
  test("what was written before is read back only", async () => {
    rig.driver.set("h/1/a", 7);
    await online();
    rig.write("d/x", "a", { value: "7", verifyOnly: true });
    await rig.clock.advance(1000);
    expect(writes()).toEqual([]);
    expect(rig.steps()).toEqual(["a 1.0 verified"]);
  });

  test("and is a mismatch if the device shows something else", async () => {
    await online();
    rig.write("d/x", "a", { value: "7", verifyOnly: true });
    await rig.clock.advance(5000);
    expect(writes()).toEqual([]);
    expect(rig.steps()).toEqual(["a 1.0 mismatch Mismatch"]);
  });
});

test("a write to a paused device waits until it is not paused any more", async () => {
  rig.assign(fakeDevice("x", { a: {} }, { paused: true }));
  rig.write("d/x", "a", { value: "7" });
  await rig.clock.advance(20_000);
  expect(rig.driver.log).toEqual([]);
  rig.assign(fakeDevice("x", { a: {} }));
  await rig.clock.advance(0);
  expect(rig.steps()).toEqual(["a 1.0 written", "a 1.0 verified"]);
});

test("a write to a property with a wrong configuration waits until that is corrected", async () => {
  rig.assign(fakeDevice("x", { a: { config: {} }, b: {} }));
  rig.write("d/x", "a", { value: "7" });
  await rig.clock.advance(5000);
  expect(rig.steps()).toEqual([]);
  rig.assign(fakeDevice("x", { a: {}, b: {} }));
  await rig.clock.advance(0);
  expect(rig.steps()).toEqual(["a 1.0 written", "a 1.0 verified"]);
});
