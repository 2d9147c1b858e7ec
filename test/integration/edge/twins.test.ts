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

describe("reported values", () => {
  it("are unknown and stale until somebody has looked", async () => {
    await rig.assign(assignment());
    expect(rig.speed()?.reported).toMatchObject({ quality: "stale", reason: "NotReadYet", version: 1 });
    expect(rig.twins.twin(KEY)?.state).toMatchObject({ state: "unknown", reason: "NotReadYet" });
  });

  it("are told once they are on disk, in one event per report", async () => {
    await rig.assign(assignment({ properties: [property("speed"), property("run")] }));
    rig.take("twin.changed");
    rig.bus.emit("twin.reported", { key: KEY, at: 5, readings: [good("7"), good("1", "run")] });
    expect(rig.take("twin.changed")).toEqual([]);
    expect(rig.speed()?.reported?.value).toBeUndefined();
    await rig.quiet();
    const [told, ...others] = rig.take("twin.changed");
    expect(others).toEqual([]);
    expect(told?.reported.map(({ property: name, reported }) => [name, reported.value])).toEqual([
      ["speed", "7"],
      ["run", "1"],
    ]);
    expect(rig.store.twins.load(KEY)?.reported.get("speed")?.reported.value).toBe("7");
  });

  it("say nothing when nothing has changed, but know when they were seen", async () => {
    await rig.assign(assignment());
    await rig.report(good("7"));
    const rev = rig.store.outbox.holdings()[0]?.rev;
    rig.take("twin.changed");
    await rig.clock.advance(1000);
    await rig.report(good("7"));
    expect(rig.take("twin.changed")).toEqual([]);
    expect(rig.store.outbox.holdings()[0]?.rev).toBe(rev);
    expect(rig.speed()?.reported?.at).toBe(rig.clock.now());
  });

  it("keep value and version over a restart, and are stale until they are read again", async () => {
    await rig.assign(assignment());
    await rig.report(good("7"));
    const before = rig.speed()?.reported?.version ?? 0;
    await rig.restart();
    expect(rig.speed()?.reported).toMatchObject({
      value: "7",
      quality: "stale",
      reason: "NotReadYet",
      version: before + 1,
    });
    await rig.report(good("7"));
    expect(rig.speed()?.reported).toMatchObject({ value: "7", quality: "good", version: before + 2 });
  });

  it("know after an orderly restart when they were seen last", async () => {
    await rig.assign(assignment());
    await rig.report(good("7"));
    await rig.clock.advance(5000);
    await rig.report(good("7"));
    const seen = rig.clock.now();
    await rig.clock.advance(5000);
    await rig.restart();
    expect(rig.speed()?.reported).toMatchObject({ value: "7", quality: "stale", at: seen });
    expect(rig.twins.twin(KEY)?.state.lastOnline).toBe(seen);
  });

  it("are stale with the device's reason when it is not online", async () => {
    await rig.assign(assignment());
    await rig.report(good("7"));
    const at = rig.clock.now();
    await rig.clock.advance(3000);
    const offline = { key: KEY, uid: UID, state: "offline", reason: "Timeout", message: "no answer" } as const;
    rig.take("twin.changed");
    rig.bus.emit("device.stateReported", { ...offline, at: rig.clock.now() });
    await rig.quiet();
    expect(rig.take("twin.changed")).toMatchObject([
      {
        state: { state: "offline", reason: "Timeout", lastOnline: at },
        reported: [{ reported: { quality: "stale" } }],
      },
    ]);
    expect(rig.speed()?.reported).toMatchObject({ value: "7", quality: "stale", reason: "Timeout", at });
    rig.bus.emit("device.stateReported", { ...offline, at: rig.clock.now() });
    await rig.quiet();
    expect(rig.take("twin.changed")).toEqual([]);
  });

  it("continue above what the cloud has seen of a lost store", async () => {
    await rig.assign(assignment({}, { versions: { speed: 40 } }));
    await rig.report(good("7"));
    expect(rig.speed()?.reported?.version).toBe(42);
  });

  it("of another device are nobody's, even if it had the name", async () => {
    await rig.assign(assignment());
    rig.bus.emit("twin.reported", { key: KEY, uid: "uid-0", at: 1, readings: [good("7")] });
    await rig.quiet();
    expect(rig.speed()?.reported?.value).toBeUndefined();
  });

  it("lose their value when the type of the property changes, and go with the property", async () => {
    const properties = [property("speed"), property("run")];
    await rig.assign(assignment({ properties }));
    await rig.report(good("7"), good("1", "run"));
    await rig.assign(assignment({ properties: [property("speed", { type: "STRING" })] }));
    expect(rig.twins.twin(KEY)?.properties).toMatchObject({ speed: { reported: { quality: "stale", version: 3 } } });
    expect(rig.speed()?.reported?.value).toBeUndefined();
    expect([...(rig.store.twins.load(KEY)?.reported.keys() ?? [])]).toEqual(["speed"]);
  });
});

describe("the outbox", () => {
  const news = (since: number) => rig.store.outbox.statusSince(KEY, since);

  it("holds the newest of what changed since a revision, and nothing else", async () => {
    await rig.assign(assignment({ properties: [property("speed", { unit: "rpm" }), property("run")] }));
    await rig.report(good("7"), good("1", "run"));
    const { rev = 0 } = news(0) ?? {};
    await rig.report(good("8"), good("1", "run"));
    await rig.report(good("9"));
    expect(news(rev)).toMatchObject({
      since: rev,
      rev: rev + 2,
      reported: [{ property: "speed", value: "9", type: "INT", unit: "rpm", quality: "good" }],
      desired: [],
    });
    expect(news(rev + 2)).toBeUndefined();
    expect(news(0)).toMatchObject({ state: { state: "unknown" }, reported: [{}, {}] });
  });

  it("leaves out what stays at the edge", async () => {
    const properties = [property("speed", { reportToCloud: false })];
    await rig.assign(assignment({ properties, reportState: false }));
    await rig.report(good("7"));
    expect(news(0)?.reported ?? []).toEqual([]);
    expect(news(0)?.state).toBeUndefined();
    const { rev = 0 } = news(0) ?? {};
    await rig.assign(assignment());
    expect(news(rev)).toMatchObject({ state: { state: "unknown" }, reported: [{ value: "7" }] });
  });

  it("gets a value no more often than its report cycle, and the newest in the end", async () => {
    await rig.assign(assignment({ properties: [property("speed", { reportCycleMs: 1000 })] }));
    await rig.report(good("1"));
    const { rev = 0 } = news(0) ?? {};
    await rig.clock.advance(300);
    await rig.report(good("2"));
    await rig.clock.advance(300);
    await rig.report(good("3"));
    expect(rig.speed()?.reported?.value).toBe("3");
    expect(news(rev)).toBeUndefined();
    await rig.clock.advance(2000);
    expect(news(rev)?.reported).toMatchObject([{ value: "3" }]);
  });

  it("does not forget over a restart what was held back", async () => {
    await rig.assign(assignment({ properties: [property("speed", { reportCycleMs: 60_000 })] }));
    await rig.report(good("1"));
    const { rev = 0 } = news(0) ?? {};
    await rig.report(good("2"));
    expect(news(rev)).toBeUndefined();
    await rig.restart();
    expect(news(rev)?.reported).toMatchObject([{ value: "2", quality: "stale" }]);
  });
});

describe("assignments", () => {
  it("are told to the hub once they are on disk, and are there after a restart without a hub", async () => {
    await rig.assign(assignment());
    expect(rig.take("assignment.stored")).toMatchObject([{ key: KEY, uid: UID, digest: "d1" }]);
    await rig.restart();
    expect(rig.take("device.assigned")).toMatchObject([{ assignment: { digest: "d1" }, fresh: true }]);
    expect(rig.store.outbox.holdings()).toMatchObject([{ key: KEY, uid: UID, digest: "d1" }]);
  });

  it("say whether the device itself has changed", async () => {
    await rig.assign(assignment());
    await rig.assign(assignment({}, { digest: "d2", desired: [change(1, "5")] }));
    await rig.assign(assignment({ paused: true }, { digest: "d3" }));
    expect(rig.take("device.assigned").map(({ fresh }) => fresh)).toEqual([true, false, true]);
  });

  it("that are withdrawn leave nothing behind", async () => {
    await rig.assign(assignment());
    await rig.report(good("7"));
    rig.bus.emit("assignment.withdrawn", { key: KEY, uid: UID });
    await rig.quiet();
    expect(rig.take("device.removed")).toMatchObject([{ key: KEY, uid: UID, spec: { key: KEY } }]);
    await rig.restart();
    expect(rig.twins.twin(KEY)).toBeUndefined();
    expect(rig.store.twins.load(KEY)).toBeUndefined();
  });

  it("of a re-created device begin anew, and its predecessor does not rise from the dead", async () => {
    await rig.assign(assignment());
    await rig.report(good("7"));
    await rig.assign(assignment({ uid: "uid-2" }, { digest: "d2" }));
    expect(rig.take("device.removed")).toMatchObject([{ uid: UID }]);
    expect(rig.speed()?.reported).toMatchObject({ quality: "stale", version: 1 });
    expect(rig.store.twins.load(KEY)).toMatchObject({ uid: "uid-2" });
    await rig.restart();
    await rig.assign(assignment({}, { digest: "d1" }));
    expect(rig.twins.twin(KEY)?.spec.uid).toBe("uid-2");
    expect(rig.take("assignment.stored")).toEqual([]);
  });

  it("may come back from another node", async () => {
    await rig.assign(assignment());
    rig.bus.emit("assignment.withdrawn", { key: KEY, uid: UID });
    await rig.quiet();
    await rig.assign(assignment());
    expect(rig.twins.twin(KEY)?.spec.uid).toBe(UID);
  });
});
