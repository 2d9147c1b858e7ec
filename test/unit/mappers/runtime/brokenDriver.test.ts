import { expect, test } from "vitest";
import { Fault } from "../../../../src/shared/kit/fault.ts";
import { fakeDevice, RuntimeRig } from "../../../support/runtimeRig.ts";

test("a call that hangs has its session closed under it, and the device comes back", async () => {
  const rig = new RuntimeRig();
  rig.driver.set("h/1/a", 1);
  rig.driver.during = () => new Promise(() => {});
  rig.assign(fakeDevice("x", { a: {} }));
  await rig.clock.advance(50_000);
  expect(rig.states("d/x")).toEqual([]);
  await rig.clock.advance(20_000);
  expect(rig.driver.log.slice(0, 4)).toEqual(["open h", "h/1 read a", "close h", "open h"]);
  rig.driver.during = () => Promise.resolve();
  await rig.clock.advance(80_000);
  expect(rig.states("d/x").at(-1)).toBe("online");
  await rig.close();
});

test("what is no fault is a bug: it is handed up, and the runtime still ends in order", async () => {
  const rig = new RuntimeRig();
  const bug = new TypeError("undefined is not a function");
  rig.driver.during = () => Promise.reject(bug);
  rig.assign(fakeDevice("x", { a: {} }));
  await rig.clock.advance(1000);
  expect(rig.crashes).toEqual([bug]);
  await rig.close();
});

test("nothing is said after the end, and what was under way is not waited for", async () => {
  const rig = new RuntimeRig();
  rig.driver.during = () => new Promise(() => {});
  rig.assign(fakeDevice("x", { a: {} }));
  await rig.clock.advance(10);
  await rig.close();
  const said = rig.said.length;
  await rig.clock.advance(60_000);
  expect(rig.said).toHaveLength(said);
  expect(rig.driver.sessions.size).toBe(0);
  expect(rig.crashes).toEqual([]);
});

test("a device that is gone when its answer comes is nobody's news", async () => {
  const rig = new RuntimeRig();
  rig.driver.set("h/1/a", 1);
  rig.driver.set("h/2/a", 2);
  rig.driver.during = () => rig.clock.sleep(100, new AbortController().signal);
  rig.assign(fakeDevice("x", { a: {} }), fakeDevice("y", { a: {} }, { config: { host: "h", unit: 2 } }));
  await rig.clock.advance(50);
  rig.forget("d/x");
  await rig.clock.advance(500);
  expect(rig.states("d/x")).toEqual([]);
  expect(rig.readings("d/x")).toEqual([]);
  expect(rig.states("d/y")).toEqual(["online"]);
  await rig.close();
});

test("a fault without a word of its own has one by its code", async () => {
  const rig = new RuntimeRig();
  rig.driver.set("h/1/a", new Fault("data.malformed", "?"));
  rig.driver.set("h/1/b", new Fault("device.refused", "?"));
  rig.assign(fakeDevice("x", { a: {}, b: {} }));
  await rig.clock.advance(0);
  expect(rig.readings("d/x")).toEqual(["a!bad Malformed", "b!bad Refused"]);
  await rig.close();
});
