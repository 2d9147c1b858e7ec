import { describe, expect, it } from "vitest";
import { Outbox } from "../../../../src/edge/edgeHub/outbox.ts";
import { splitReport } from "../../../../src/edge/edgeHub/splitReport.ts";
import { checkEdgeFrame, type DeviceStatusReport } from "../../../../src/shared/wire/syncFrames.ts";
import { assignmentOf, ScriptedStore } from "../../../support/linkScripts.ts";
import { TestClock } from "../../../support/testClock.ts";

function newOutbox() {
  const [store, clock] = [new ScriptedStore("s"), new TestClock()];
  store.assign(assignmentOf("ns/a"));
  store.assign(assignmentOf("ns/b"));
  const tooLarge: string[] = [];
  const outbox = new Outbox({ store, clock, onSent: () => {}, onTooLarge: (key) => tooLarge.push(key) });
  const reports = (): readonly DeviceStatusReport[] => {
    const text = outbox.next();
    const frame = text === undefined ? undefined : checkEdgeFrame.text(text);
    return frame?.kind === "status" ? frame.devices : [];
  };
  return { store, clock, outbox, reports, tooLarge };
}

describe("the outbox", () => {
  it("begins with what the hub does not hold", () => {
    const { store, outbox, reports } = newOutbox();
    store.set("ns/a", "x", "1");
    store.set("ns/b", "x", "1");
    store.set("ns/b", "y", "2");
    outbox.begin([
      { key: "ns/a", uid: "uid-ns/a", rev: 1 },
      { key: "ns/b", uid: "uid-ns/b", rev: 1 },
    ]);
    const [report, ...others] = reports();
    expect(others).toEqual([]);
    expect(report).toMatchObject({ key: "ns/b", since: 1, rev: 2, reported: [{ property: "y" }] });
    expect(report?.reported).toHaveLength(1);
    expect(reports()).toEqual([]);
  });

  it("takes no notice of what the hub holds of another device of that name, or of a later time", () => {
    const { store, outbox, reports } = newOutbox();
    store.set("ns/a", "x", "1");
    store.set("ns/b", "x", "1");
    outbox.begin([
      { key: "ns/a", uid: "older", rev: 9 },
      { key: "ns/b", uid: "uid-ns/b", rev: 9 },
    ]);
    expect(reports().map(({ key, since }) => [key, since])).toEqual([
      ["ns/a", 0],
      ["ns/b", 0],
    ]);
  });

  it("sends everything of a device that took another's name", () => {
    const { store, outbox, reports } = newOutbox();
    store.set("ns/a", "x", "1");
    outbox.begin([{ key: "ns/a", uid: "uid-ns/a", rev: 1 }]);
    store.assign(assignmentOf("ns/a", "d", "new"));
    store.set("ns/a", "x", "1");
    store.set("ns/a", "y", "1");
    outbox.add("ns/a");
    expect(reports()).toMatchObject([{ uid: "new", since: 0, rev: 2, reported: [{}, {}] }]);
  });

  it("repeats what was not answered in time", async () => {
    const { store, clock, outbox, reports } = newOutbox();
    store.set("ns/a", "x", "1");
    outbox.begin([]);
    reports();
    expect(outbox.repeatAfter(1000)).toBe(0);
    await clock.advance(1000);
    expect(outbox.repeatAfter(1000)).toBe(1);
    expect(reports()).toMatchObject([{ since: 0, rev: 1 }]);
    outbox.acknowledge({ key: "ns/a", uid: "uid-ns/a", rev: 1 });
    outbox.add("ns/a");
    expect(reports()).toEqual([]);
  });

  it("loses nothing when an answer is late, though the hub took only the first report", async () => {
    const { store, clock, outbox, reports } = newOutbox();
    store.set("ns/a", "x", "1");
    outbox.begin([]);
    reports();
    await clock.advance(1000);
    store.set("ns/a", "x", "2");
    outbox.repeatAfter(1000);
    expect(reports()).toMatchObject([{ since: 0, rev: 2 }]);
    outbox.acknowledge({ key: "ns/a", uid: "uid-ns/a", rev: 1 });
    expect(reports()).toMatchObject([{ since: 1, rev: 2 }]);
  });

  it("goes back to what the hub says it holds, also with a report in parts", () => {
    const { store, outbox, reports } = newOutbox();
    for (let index = 0; index < 5; index++) store.set("ns/a", `p${index}`, "x".repeat(250_000));
    outbox.begin([{ key: "ns/a", uid: "uid-ns/a", rev: 1 }]);
    expect(reports()).toMatchObject([{ since: 1, rev: 1 }]);
    outbox.acknowledge({ key: "ns/a", uid: "uid-ns/a", rev: 0 });
    expect(reports()).toMatchObject([{ since: 0, rev: 0 }]);
  });

  it("takes no answer for a device that has nothing on its way, or another one of its name", () => {
    const { store, outbox, reports } = newOutbox();
    store.set("ns/a", "x", "1");
    outbox.begin([]);
    outbox.acknowledge({ key: "ns/a", uid: "uid-ns/a", rev: 1 });
    expect(reports()).toHaveLength(1);
    outbox.acknowledge({ key: "ns/a", uid: "other", rev: 1 });
    expect(outbox.repeatAfter(0)).toBe(1);
  });

  it("sends the parts of a long report one after another, and the last promises the revision", () => {
    const { store, outbox, reports } = newOutbox();
    for (let index = 0; index < 5; index++) store.set("ns/a", `p${index}`, "x".repeat(250_000));
    outbox.begin([]);
    const revs: number[] = [];
    for (let [part] = reports(); part !== undefined; [part] = reports()) {
      expect(reports()).toEqual([]);
      revs.push(part.rev);
      outbox.acknowledge(part);
    }
    expect(revs).toEqual([0, 0, 5]);
  });

  it("forgets a device that is gone", () => {
    const { store, outbox, reports } = newOutbox();
    store.set("ns/a", "x", "1");
    outbox.begin([]);
    outbox.forget("ns/a");
    expect(reports()).toEqual([]);
  });
});

describe("a report that is cut", () => {
  const reported = (property: string, value: string) =>
    ({ property, value, type: "STRING", quality: "good", reason: "", at: 1, version: 1 }) as const;
  const report: DeviceStatusReport = {
    ...{ key: "ns/a", uid: "u", since: 3, rev: 9, desired: [] },
    state: { state: "online", reason: "", message: "", since: 1 },
    reported: ["a", "b", "c", "d"].map((property) => reported(property, "x".repeat(300))),
  };

  it("loses nothing, says the state once, and keeps each part short", () => {
    const parts = splitReport(report, 1000);
    expect(parts.flatMap((part) => part.reported)).toEqual(report.reported);
    expect(parts.map(({ rev }) => rev)).toEqual([3, 9]);
    expect(parts.filter(({ state }) => state !== undefined)).toHaveLength(1);
    for (const part of parts) expect(JSON.stringify(part).length).toBeLessThanOrEqual(1000);
  });

  it("says of a value that no frame can carry that it is too large", () => {
    const [only] = splitReport({ ...report, reported: [reported("big", "x".repeat(2000))] }, 1000);
    expect(only?.reported).toEqual([{ ...reported("big", ""), value: undefined, quality: "bad", reason: "TooLarge" }]);
  });
});
