import { describe, expect, it } from "vitest";
import { markStale, mergeReported, turnOf, unread } from "../../../../src/edge/deviceTwin/mergeReported.ts";
import type { Reported } from "../../../../src/shared/model/twin.ts";
import type { Reading } from "../../../../src/shared/wire/mapperMessages.ts";

const before: Reported = { value: "1", quality: "good", reason: "", at: 100, sourceTimestamp: 90, version: 7 };
const good = { property: "p", quality: "good", reason: "" } as const;

describe("mergeReported", () => {
  const cases: [title: string, reading: Reading, changed: string, expected: Partial<Reported>][] = [
    ["an equal value renews its time alone", { ...good, value: "1" }, "freshness", { value: "1", at: 200, version: 7 }],
    ["another value is a new version", { ...good, value: "2" }, "value", { value: "2", at: 200, version: 8 }],
    [
      "a source time comes with its value",
      { ...good, value: "2", sourceTimestamp: 195 },
      "value",
      { value: "2", sourceTimestamp: 195, version: 8 },
    ],
    [
      "what could not be read keeps its value and the time it was seen",
      { property: "p", quality: "bad", reason: "Timeout" },
      "quality",
      { value: "1", quality: "bad", reason: "Timeout", at: 100, sourceTimestamp: 90, version: 8 },
    ],
    [
      "what the device has no value for has none",
      { property: "p", quality: "bad", reason: "NotANumber", value: null },
      "quality",
      { quality: "bad", reason: "NotANumber", at: 200, version: 8 },
    ],
    [
      "the same value of another quality is a new version",
      { property: "p", quality: "uncertain", reason: "SensorDrift", value: "1" },
      "quality",
      { value: "1", quality: "uncertain", at: 200, version: 8 },
    ],
  ];
  it.each(cases)("%s", (_, reading, changed, expected) => {
    const merged = mergeReported(before, reading, { at: 200, floor: 0 });
    expect(merged.changed).toBe(changed);
    expect(merged.reported).toMatchObject(expected);
    expect(merged.reported.value).toBe(expected.value);
  });

  it("continues above what the cloud has seen of a store before", () => {
    expect(mergeReported(undefined, { ...good, value: "1" }, { at: 200, floor: 41 }).reported.version).toBe(42);
    expect(unread({ at: 200, floor: 41 })).toEqual({ quality: "stale", reason: "NotReadYet", at: 200, version: 42 });
  });

  it("marks stale once", () => {
    const stale = markStale(before, "Refused");
    expect(stale.reported).toEqual({ ...before, quality: "stale", reason: "Refused", version: 8 });
    expect(markStale(stale.reported, "Refused").changed).toBe("freshness");
  });
});

describe("turnOf", () => {
  const property = { reportToCloud: true, reportCycleMs: 1000 };
  const cases: [title: string, changed: "value" | "quality", nextAt: number, now: number, expected: object][] = [
    ["a first value goes at once", "value", 0, 5000, { kind: "now", nextAt: 6000 }],
    ["a value within the cycle waits for its end", "value", 6000, 5500, { kind: "held", nextAt: 6000 }],
    ["a value a little early goes, and the next waits longer", "value", 6000, 5990, { kind: "now", nextAt: 7000 }],
    ["a change of quality does not wait", "quality", 6000, 5500, { kind: "now", nextAt: 7000 }],
  ];
  it.each(cases)("%s", (_, changed, nextAt, monotonic, expected) => {
    const full = { name: "p", type: "INT", accessMode: "ReadOnly", collectCycleMs: 1, ...property } as const;
    expect(turnOf(changed, full, { row: { nextAt }, now: { monotonic } })).toEqual(expected);
  });

  it("never tells the cloud of what stays at the edge", () => {
    const full = { name: "p", type: "INT", accessMode: "ReadOnly", collectCycleMs: 1, ...property } as const;
    const turn = turnOf("quality", { ...full, reportToCloud: false }, { row: undefined, now: { monotonic: 0 } });
    expect(turn).toEqual({ kind: "never" });
  });
});
