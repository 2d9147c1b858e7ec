import { describe, expect, it } from "vitest";
import {
  advance,
  expire,
  isOpen,
  type Step,
  takeLocalChange,
  takeSpecChange,
  withdraw,
} from "../../../../src/edge/deviceTwin/desired.ts";
import type { DesiredRow } from "../../../../src/edge/twinRows.ts";
import { type DesiredState, orderText } from "../../../../src/shared/model/twin.ts";
import type { DesiredChange } from "../../../../src/shared/wire/syncFrames.ts";

const now = { boot: "b1", upMs: 10_000 };
const type = "INT";

const spec = (number: number, more: Partial<DesiredChange> = {}): DesiredChange => ({
  property: "p",
  value: `${number}0`,
  spec: number,
  requestedAt: 1,
  state: "requested",
  reason: "",
  ...more,
});
const local = (value: string, ttlMs?: number) => ({ value, at: 2, ttlMs });

/** What may happen to a property, and what of it goes on over a restart. */
type Happening =
  | { readonly spec: DesiredChange }
  | { readonly local: string; readonly ttlMs?: number }
  | { readonly mapper: DesiredState }
  | "withdrawn"
  | { readonly restartAfterMs: number; readonly boot?: string };

interface World {
  readonly row: DesiredRow | undefined;
  readonly now: { readonly boot: string; readonly upMs: number };
  readonly told: readonly string[];
  readonly asked: readonly string[];
}

function happen(world: World, what: Happening): World {
  const { row, told, asked } = world;
  const put = (step: Step | undefined, ask: boolean): World => ({
    ...world,
    row: step?.row ?? row,
    told: [...told, ...(step?.told ?? []).map(({ order, state }) => `${orderText(order)} ${state}`)],
    asked: step && ask && isOpen(step.row) ? [...asked, orderText(step.row.desired.order)] : asked,
  });
  if (what === "withdrawn") return put(row && withdraw(row), false);
  if ("spec" in what) return put(takeSpecChange(row, what.spec, { now: world.now, type }), true);
  if ("local" in what) return put(takeLocalChange(row, local(what.local, what.ttlMs), world.now), true);
  if ("mapper" in what) return put(row && advance(row, { state: what.mapper }), false);
  const after = { boot: what.boot ?? world.now.boot, upMs: world.now.upMs + what.restartAfterMs };
  const expired = row && expire(row, after);
  return { ...put(expired ?? (row && { row, told: [] }), expired === undefined), now: after };
}

describe("the truth table of desired changes", () => {
  const ttl = { ttlLeftMs: 500 };
  const cases: [title: string, happenings: Happening[], told: string[], asked: string[], value: string | undefined][] =
    [
      ["a spec change is asked for once", [{ spec: spec(1) }, { spec: spec(1) }], ["1 sent"], ["1"], "10"],
      [
        "a local set counts on from the spec",
        [{ spec: spec(1) }, { local: "5" }],
        ["1 sent", "1 superseded", "1.1 sent"],
        ["1", "1.1"],
        "5",
      ],
      [
        "a local set needs no cloud",
        [{ local: "5" }, { local: "6" }],
        ["0.1 sent", "0.1 superseded", "0.2 sent"],
        ["0.1", "0.2"],
        "6",
      ],
      [
        "the spec change that a local set followed does not win again",
        [{ spec: spec(1) }, { local: "5" }, { spec: spec(1) }],
        ["1 sent", "1 superseded", "1.1 sent"],
        ["1", "1.1"],
        "5",
      ],
      [
        "a spec change that the edge has not seen yet wins over a local set",
        [{ spec: spec(1) }, { local: "5" }, { spec: spec(2) }],
        ["1 sent", "1 superseded", "1.1 sent", "1.1 superseded", "2 sent"],
        ["1", "1.1", "2"],
        "20",
      ],
      [
        "an older spec change never comes after a newer",
        [{ spec: spec(2) }, { spec: spec(1) }],
        ["2 sent"],
        ["2"],
        "20",
      ],
      [
        "a change at its end is not superseded",
        [{ spec: spec(1) }, { mapper: "written" }, { mapper: "verified" }, { spec: spec(2) }],
        ["1 sent", "1 written", "1 verified", "2 sent"],
        ["1", "2"],
        "20",
      ],
      [
        "after an end nothing is asked for again, restart or not",
        [{ spec: spec(1) }, { mapper: "rejected" }, { spec: spec(1) }, { restartAfterMs: 1 }],
        ["1 sent", "1 rejected"],
        ["1"],
        "10",
      ],
      [
        "a late word of the mapper changes no end",
        [{ spec: spec(1) }, { mapper: "verified" }, { mapper: "mismatch" }],
        ["1 sent", "1 verified"],
        ["1"],
        "10",
      ],
      [
        "an open change is asked for again after a restart",
        [{ spec: spec(1) }, { restartAfterMs: 1 }],
        ["1 sent"],
        ["1", "1"],
        "10",
      ],
      [
        "so is one that was written",
        [{ spec: spec(1) }, { mapper: "written" }, { restartAfterMs: 1 }],
        ["1 sent", "1 written"],
        ["1", "1"],
        "10",
      ],
      [
        "a rebuilt store takes an end over without writing",
        [{ spec: spec(3, { state: "verified" }) }],
        ["3 verified"],
        [],
        "30",
      ],
      [
        "a rebuilt store takes a refusal of the cloud over",
        [{ spec: spec(3, { state: "rejected", reason: "ReadOnly" }) }],
        ["3 rejected"],
        [],
        "30",
      ],
      [
        "a rebuilt store verifies what was written",
        [{ spec: spec(3, { state: "written" }) }],
        ["3 written"],
        ["3"],
        "30",
      ],
      [
        "a local set after a rebuilt store counts on",
        [{ spec: spec(3, { state: "verified" }) }, { local: "5" }],
        ["3 verified", "3.1 sent"],
        ["3.1"],
        "5",
      ],
      [
        "the cloud may give an open change up",
        [{ spec: spec(1) }, { spec: spec(1, { state: "expired" }) }],
        ["1 sent", "1 expired"],
        ["1"],
        "10",
      ],
      [
        "the cloud's older word on a change is ignored",
        [{ spec: spec(1) }, { mapper: "verified" }, { spec: spec(1, { state: "sent" }) }],
        ["1 sent", "1 verified"],
        ["1"],
        "10",
      ],
      [
        "a time to live goes on over a restart",
        [{ spec: spec(1, ttl) }, { restartAfterMs: 499 }],
        ["1 sent"],
        ["1", "1"],
        "10",
      ],
      [
        "what ran out during a restart is not asked for",
        [{ spec: spec(1, ttl) }, { restartAfterMs: 500 }],
        ["1 sent", "1 expired"],
        ["1"],
        "10",
      ],
      [
        "after a reboot nobody knows what is left, so it has run out",
        [{ spec: spec(1, ttl) }, { restartAfterMs: -9999, boot: "b2" }],
        ["1 sent", "1 expired"],
        ["1"],
        "10",
      ],
      [
        "a change without time to live lives on over a reboot",
        [{ spec: spec(1) }, { restartAfterMs: -9999, boot: "b2" }],
        ["1 sent"],
        ["1", "1"],
        "10",
      ],
      [
        "a local set has a time to live, too",
        [{ local: "5", ttlMs: 100 }, { restartAfterMs: 100 }],
        ["0.1 sent", "0.1 expired"],
        ["0.1"],
        "5",
      ],
      [
        "what comes without time left never reaches the device",
        [{ spec: spec(1, { ttlLeftMs: 0 }) }],
        ["1 expired"],
        [],
        "10",
      ],
      [
        "what was written in time does not run out",
        [{ spec: spec(1, ttl) }, { mapper: "written" }, { restartAfterMs: 5000 }],
        ["1 sent", "1 written"],
        ["1", "1"],
        "10",
      ],
      [
        "what ran out gives way to the next",
        [{ spec: spec(1, { ttlLeftMs: 0 }) }, { spec: spec(2) }],
        ["1 expired", "2 sent"],
        ["2"],
        "20",
      ],
      [
        "a spec that wants nothing any more ends its open change",
        [{ spec: spec(1) }, "withdrawn", "withdrawn"],
        ["1 sent", "1 superseded"],
        ["1"],
        "10",
      ],
      ["a local set outlives a spec that wants nothing", [{ local: "5" }, "withdrawn"], ["0.1 sent"], ["0.1"], "5"],
    ];
  it.each(cases)("%s", (_, happenings, told, asked, value) => {
    const start: World = { row: undefined, now, told: [], asked: [] };
    const world = happenings.reduce(happen, start);
    expect(world.told).toEqual(told);
    expect(world.asked).toEqual(asked);
    expect(world.row?.desired.value).toBe(value);
  });
});
