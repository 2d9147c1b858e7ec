import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { assignment, change, EdgeRig, good, KEY, property, UID } from "../../support/edgeRig.ts";

let rig: EdgeRig;
beforeEach(async () => {
  rig = new EdgeRig();
  await rig.start();
});
afterEach(async () => {
  expect(rig.fatal).toEqual([]);
  await rig.end();
});

const told = () =>
  rig
    .take("twin.changed")
    .flatMap(({ desired }) => desired.map(({ desired: { value, state } }) => `${value} ${state}`));
const asked = () => rig.take("desired.requested").map(({ value, state }) => `${value} ${state}`);
const progressUp = () => rig.store.outbox.statusSince(KEY, 0)?.desired ?? [];

describe("a change of the spec", () => {
  it("is asked for once it is on disk, and its progress goes up", async () => {
    await rig.assign(assignment({}, { desired: [change(3, "50")] }));
    expect(asked()).toEqual(["50 sent"]);
    expect(progressUp()).toMatchObject([
      { property: "speed", value: "50", order: { spec: 3, local: 0 }, state: "sent" },
    ]);
    await rig.progress("written", 3);
    await rig.report(good("50"));
    await rig.progress("verified", 3);
    expect(told()).toEqual(["50 sent", "50 written", "50 verified"]);
    expect(progressUp()).toMatchObject([{ state: "verified", diverged: false, origin: "spec" }]);
  });

  it("is asked for again after a restart until it is at an end", async () => {
    await rig.assign(assignment({}, { desired: [change(3, "50")] }));
    await rig.progress("written", 3);
    await rig.restart();
    expect(asked()).toEqual(["50 written"]);
    await rig.progress("verified", 3);
    await rig.restart();
    expect(asked()).toEqual([]);
  });

  it("that was written before shows when the device differs later", async () => {
    await rig.assign(assignment({}, { desired: [change(3, "50")] }));
    await rig.progress("written", 3);
    await rig.report(good("50"));
    await rig.progress("verified", 3);
    await rig.report(good("60"));
    expect(progressUp()).toMatchObject([{ state: "verified", diverged: true }]);
    expect(asked()).toEqual(["50 sent"]);
    await rig.report(good("50"));
    expect(progressUp()).toMatchObject([{ diverged: false }]);
  });

  it("that the cloud knows to be at an end is not written by an edge with an empty store", async () => {
    await rig.assign(assignment({}, { desired: [change(3, "50", { state: "verified" })] }));
    expect(asked()).toEqual([]);
    expect(rig.speed()?.desired).toMatchObject({ value: "50", state: "verified" });
  });

  it("stays at its end on disk when the device is taken away and given back at once", async () => {
    const given = assignment({}, { desired: [change(3, "50", { state: "verified" })] });
    await rig.assign(given);
    rig.bus.emit("assignment.withdrawn", { key: KEY, uid: UID });
    await rig.assign(given);
    expect(rig.store.twins.load(KEY)?.desired.get("speed")?.row.desired).toMatchObject({ value: "50" });
    expect(progressUp()).toMatchObject([{ value: "50", state: "verified" }]);
  });

  it("goes when its property goes", async () => {
    await rig.assign(assignment({}, { desired: [change(3, "50")] }));
    await rig.assign(assignment({ properties: [property("other")] }));
    expect(told()).toEqual(["50 sent", "50 superseded"]);
    expect(progressUp()).toEqual([]);
  });
});

describe("a local set", () => {
  it("resolves when it is on disk, before anything of it is told", async () => {
    await rig.assign(assignment({}, { desired: [change(3, "50")] }));
    rig.take("twin.changed");
    const order = await rig.twins.set(KEY, "speed", "5.0");
    expect(order).toEqual({ spec: 3, local: 1 });
    expect(rig.take("twin.changed")).toEqual([]);
    await rig.quiet();
    expect(told()).toEqual(["50 superseded", "5 sent"]);
    expect(rig.store.twins.load(KEY)?.desired.get("speed")?.row.desired).toMatchObject({ value: "5", origin: "mqtt" });
  });

  it("that another one replaces in the same moment is told as superseded after both have their number", async () => {
    await rig.assign(assignment());
    const [first, second] = await Promise.all([rig.twins.set(KEY, "speed", "1"), rig.twins.set(KEY, "speed", "2")]);
    expect([first.local, second.local]).toEqual([1, 2]);
    await rig.quiet();
    expect(told()).toEqual(["1 sent", "1 superseded", "2 sent"]);
    expect(asked()).toEqual(["2 sent"]);
  });

  it("runs out when nobody writes it in time", async () => {
    await rig.assign(assignment());
    await rig.twins.set(KEY, "speed", "5", { ttlMs: 2000 });
    await rig.clock.advance(2500);
    expect(rig.speed()?.desired?.state).toBe("sent");
    expect(rig.twins.open(KEY)).toEqual([]);
    await rig.clock.advance(1000);
    await rig.quiet();
    expect(told()).toEqual(["5 sent", "5 expired"]);
  });

  it("has its time counted on over a restart, whatever the wall clock says", async () => {
    await rig.assign(assignment());
    await rig.twins.set(KEY, "speed", "5", { ttlMs: 60_000 });
    rig.clock.jump(-86_400_000);
    await rig.clock.advance(10_000);
    await rig.restart();
    expect(rig.take("desired.requested")).toMatchObject([{ value: "5", timeLeftMs: 50_000 }]);
    await rig.clock.advance(50_000);
    await rig.restart();
    expect(told()).toEqual(["5 expired"]);
  });

  const wrong = [
    ["data.unknown", "default/none", "speed", "1"],
    ["data.unknown", KEY, "none", "1"],
    ["data.wrongType", KEY, "speed", "fast"],
    ["data.outOfRange", KEY, "speed", "101"],
    ["data.readOnly", KEY, "counter", "1"],
  ] as const;
  it.each(wrong)("is refused with %s for %s %s = %s", async (code, key, name, value) => {
    const properties = [property("speed", { maximum: "100" }), property("counter", { accessMode: "ReadOnly" })];
    await rig.assign(assignment({ properties }));
    await expect(rig.twins.set(key, name, value)).rejects.toMatchObject({ code });
  });
});

describe("times to live of assignments on disk", () => {
  it("are what is left of them", async () => {
    await rig.assign(assignment({}, { desired: [change(1, "5", { ttlLeftMs: 10_000 })] }));
    await rig.stop();
    await rig.clock.advance(4000);
    await rig.start();
    expect(rig.take("device.assigned").at(-1)?.assignment.desired).toMatchObject([{ ttlLeftMs: 6000 }]);
  });

  it("are nothing after a reboot", async () => {
    await rig.assign(assignment({}, { desired: [change(1, "5", { ttlLeftMs: 10_000 })] }));
    await rig.stop();
    rig.boot.id = "boot-2";
    await rig.start();
    expect(rig.take("device.assigned").at(-1)?.assignment.desired).toMatchObject([{ ttlLeftMs: 0 }]);
    expect(rig.speed()?.desired?.state).toBe("expired");
  });
});
