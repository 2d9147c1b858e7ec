import { describe, expect, test } from "vitest";
import { type NumberedChange, numberDesired } from "../../../../src/cloud/controllers/desired.ts";
import {
  EMPTY_RECORD,
  type StatusRecord,
  withExpired,
  withNode,
  withNumbered,
  withProperties,
  withReport,
} from "../../../../src/cloud/controllers/statusRecord.ts";
import { recordOf, statusOf } from "../../../../src/cloud/controllers/statusText.ts";
import type { DesiredProgress, DeviceStatusReport, ReportedProperty } from "../../../../src/shared/wire/syncFrames.ts";

const value = (over: Partial<ReportedProperty> = {}): ReportedProperty => ({
  property: "t",
  type: "DOUBLE",
  value: "21.5",
  quality: "good",
  reason: "",
  at: 1000,
  version: 5,
  ...over,
});
const progress = (over: Partial<DesiredProgress> = {}): DesiredProgress => ({
  property: "s",
  value: "42",
  order: { spec: 1, local: 0 },
  origin: "spec",
  requestedAt: 900,
  state: "sent",
  reason: "",
  message: "",
  diverged: false,
  ...over,
});
const report = (over: Partial<DeviceStatusReport> = {}): DeviceStatusReport => ({
  key: "ns/d",
  uid: "u",
  since: 0,
  rev: 1,
  reported: [],
  desired: [],
  ...over,
});
const change = (version: number, over: Partial<NumberedChange> = {}): NumberedChange => ({
  property: "s",
  value: "42",
  numbered: { version, digest: `d${version}`, requestedAt: 900 },
  state: "requested",
  reason: "",
  message: "",
  ...over,
});
const numbered = withNumbered(EMPTY_RECORD, { changes: [change(1)], withdrawn: [] });
const shown = (record: StatusRecord) => record.desired["s"]?.state;

describe("reported values", () => {
  const known = withReport(EMPTY_RECORD, "store", report({ reported: [value()] }));

  test("never go back in version", () => {
    const late = withReport(known, "store", report({ rev: 2, reported: [value({ version: 4, value: "20" })] }));
    expect(late.reported["t"]?.value).toBe("21.5");
  });

  test("of a rebuilt store count only above the version that it was told", () => {
    const same = withReport(known, "other", report({ reported: [value({ version: 5, value: "1" })] }));
    expect(same.reported["t"]).toMatchObject({ value: "21.5", quality: "stale", reason: "NotReadYet" });
    const above = withReport(known, "other", report({ reported: [value({ version: 6, value: "1" })] }));
    expect(above.reported["t"]).toMatchObject({ value: "1", quality: "good" });
  });

  test("are nobody's word once the device has gone to another node", () => {
    const moved = withNode({ ...known, node: "a" }, "b");
    expect([moved.lost, moved.acceptance, moved.rev]).toEqual(["Reassigned", undefined, 0]);
    expect(withNode(moved, "").lost).toBe("NotAssigned");
    expect(withNode({ ...known, node: "a" }, "").lost).toBe("NotAssigned");
    expect(withNode(EMPTY_RECORD, "a").lost).toBe("");
  });

  test("go with their property, and follow the Device's order", () => {
    const both = withReport(known, "store", report({ rev: 2, reported: [value({ property: "a" })] }));
    expect(Object.keys(withProperties(both, ["a", "t"]).reported)).toEqual(["a", "t"]);
    expect(Object.keys(withProperties(both, ["a"]).reported)).toEqual(["a"]);
    const late = withReport(
      withProperties(EMPTY_RECORD, ["t", "s", "a"]),
      "store",
      report({ reported: [value({ property: "a" }), value(), value({ property: "gone" })] }),
    );
    expect(statusOf(late).twins?.map(({ propertyName }) => propertyName)).toEqual(["t", "a"]);
  });
});

describe("desired changes", () => {
  test("take the steps that their edge reports, and none back", () => {
    const sent = withReport(numbered, "store", report({ desired: [progress()] }));
    expect(shown(sent)).toBe("sent");
    const verified = withReport(sent, "store", report({ rev: 2, desired: [progress({ state: "verified" })] }));
    expect(shown(verified)).toBe("verified");
    expect(shown(withReport(verified, "store", report({ rev: 3, desired: [progress()] })))).toBe("verified");
  });

  test("that were refused here keep the reason in words, though their edge takes over the mere end", () => {
    const refused = change(1, { state: "rejected", reason: "OutOfRange", message: "spec.properties[s]: above 40" });
    const known = withNumbered(EMPTY_RECORD, { changes: [refused], withdrawn: [] });
    const end = { state: "rejected", reason: "OutOfRange" } as const;
    const echoed = withReport(known, "store", report({ desired: [progress(end)] }));
    expect(echoed.desired["s"]?.message).toBe("spec.properties[s]: above 40");
    const local = progress({ ...end, order: { spec: 1, local: 1 }, origin: "mqtt" });
    expect(withReport(known, "store", report({ desired: [local] })).desired["s"]?.message).toBe("");
  });

  test("of an older order change nothing", () => {
    const second = withNumbered(numbered, { changes: [change(2)], withdrawn: [] });
    expect(shown(withReport(second, "store", report({ desired: [progress({ state: "verified" })] })))).toBe(
      "requested",
    );
  });

  test("from the edge stand above the spec's until the spec changes again", () => {
    const local = progress({ order: { spec: 1, local: 1 }, origin: "mqtt", value: "80" });
    const set = withReport(numbered, "store", report({ desired: [local] }));
    expect(set.desired["s"]).toMatchObject({ value: "80", origin: "mqtt" });
    const again = withNumbered(set, { changes: [change(2)], withdrawn: [] });
    expect(again.desired["s"]).toMatchObject({ value: "42", origin: "spec" });
  });

  test("that were taken back disappear, also if their edge has not heard of it", () => {
    const withdrawn = withNumbered(numbered, { changes: [], withdrawn: ["s"] });
    expect(withdrawn.desired).toEqual({});
    expect(withdrawn.numbered["s"]).toMatchObject({ version: 1, digest: "" });
    expect(withReport(withdrawn, "store", report({ desired: [progress()] })).desired).toEqual({});
  });

  test("count on from a higher number that their edge knows, after a DeviceStatus was lost", () => {
    const wish = [{ property: "s", value: "42", digest: "d1" }];
    const next = (record: StatusRecord) =>
      numberDesired({ wanted: wish, numbered: record.numbered, properties: [], now: 0 }).changes.map(
        (each) => each.numbered.version,
      );
    const held = { order: { spec: 7, local: 0 }, state: "verified" } as const;
    const same = withReport(numbered, "store", report({ desired: [progress(held)] }));
    expect([same.numbered["s"]?.version, shown(same), next(same)]).toEqual([7, "verified", []]);
    const other = withReport(numbered, "store", report({ desired: [progress({ ...held, value: "41" })] }));
    expect(next(other)).toEqual([8]);
  });

  test("expire only while their edge has not heard of them", () => {
    expect(shown(withExpired(numbered, "s", 1))).toBe("expired");
    expect(shown(withExpired(numbered, "s", 2))).toBe("requested");
    const sent = withReport(numbered, "store", report({ desired: [progress()] }));
    expect(shown(withExpired(sent, "s", 1))).toBe("sent");
  });
});

describe("DeviceStatus", () => {
  const full = withReport(
    withNumbered(EMPTY_RECORD, {
      changes: [change(3, { numbered: { version: 3, digest: "d", requestedAt: 900, ttlMs: 5000 } })],
      withdrawn: [],
    }),
    "store",
    report({
      rev: 9,
      state: { state: "offline", reason: "Timeout", message: "no answer", since: 800, lastOnline: 700_000 },
      acceptance: { accepted: true, reason: "Accepted", message: "" },
      reported: [
        value({ unit: "Cel", sourceTimestamp: 999 }),
        value({ property: "bad", value: undefined, quality: "bad", reason: "Timeout" }),
        value({ property: "text", type: "STRING", value: "" }),
        value({ property: "never", type: "STRING", value: undefined, quality: "stale", reason: "NotReadYet" }),
      ],
      desired: [
        progress({ order: { spec: 3, local: 2 }, origin: "mqtt", state: "verified", diverged: true, message: "is 41" }),
      ],
    }),
  );

  test("gives back all that was known", () => {
    expect(recordOf(JSON.parse(JSON.stringify(statusOf(full))))).toEqual(full);
    const lost = { ...full, lost: "NodeDisconnected" };
    expect(recordOf(JSON.parse(JSON.stringify(statusOf(lost))))).toEqual(lost);
  });

  test("shows texts as the contract has them", () => {
    expect(statusOf(full)).toMatchObject({
      state: "offline",
      lastOnlineTime: "1970-01-01T00:11:40Z",
      summary: "t=21.5 Cel bad=(bad) text= never=(stale)",
      twins: [
        {
          propertyName: "t",
          reported: {
            value: "21.5",
            metadata: {
              timestamp: "1000",
              type: "DOUBLE",
              version: "5",
              quality: "good",
              sourceTimestamp: "999",
              unit: "Cel",
            },
          },
        },
        { propertyName: "bad", reported: { value: "", metadata: { quality: "bad", reason: "Timeout" } } },
        { propertyName: "text" },
        { propertyName: "never", reported: { value: "", metadata: { quality: "stale", reason: "NotReadYet" } } },
        {
          propertyName: "s",
          observedDesired: {
            value: "42",
            metadata: { version: "3.2", state: "verified", reason: "Diverged", requestedAt: "900", origin: "mqtt" },
          },
        },
      ],
    });
  });

  test("while the edge is away says unknown and stale, and keeps values and versions", () => {
    const { state, lastOnlineTime, summary, twins } = statusOf({ ...full, lost: "NodeDisconnected" });
    expect([state, lastOnlineTime]).toEqual(["unknown", "1970-01-01T00:11:40Z"]);
    expect(summary).toBe("t=21.5 Cel (stale) bad=(stale) text= (stale) never=(stale)");
    expect(twins?.[0]?.reported).toMatchObject({
      value: "21.5",
      metadata: { quality: "stale", reason: "NodeDisconnected", version: "5" },
    });
  });

  test("that somebody has spoilt reads as far as it makes sense, and no number is given twice", () => {
    const status = statusOf(full);
    const spoilt = recordOf({ ...status, extensions: { edgeloom: { rev: "many" } } });
    expect([spoilt.rev, spoilt.store]).toEqual([0, ""]);
    expect(spoilt.numbered["s"]).toMatchObject({ version: 3, digest: "" });
    expect(recordOf({ twins: [{ propertyName: "t", reported: { value: "1" } }, {}] }).reported).toEqual({});
  });
});
