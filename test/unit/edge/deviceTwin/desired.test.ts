import { describe, expect, it } from "vitest";
import {
  advance,
  observe,
  takeLocalChange,
  takeSpecChange,
  timeLeft,
  withdraw,
} from "../../../../src/edge/deviceTwin/desired.ts";
import type { DesiredRow } from "../../../../src/edge/twinRows.ts";
import { DESIRED_STATES, DESIRED_STEPS, type DesiredState } from "../../../../src/shared/model/twin.ts";
import type { DesiredChange } from "../../../../src/shared/wire/syncFrames.ts";

const now = { boot: "b1", upMs: 10_000 };
const type = "INT";
const local = (value: string) => ({ value, at: 2, ttlMs: undefined });
const verifiedSpec: DesiredChange = {
  property: "p",
  value: "10",
  spec: 1,
  requestedAt: 1,
  state: "verified",
  reason: "",
};

describe("advance", () => {
  const row = (state: DesiredState): DesiredRow => {
    const { row: open } = takeLocalChange(undefined, local("5"), now);
    return { ...open, desired: { ...open.desired, state } };
  };
  const pairs = DESIRED_STATES.flatMap((from) => DESIRED_STATES.map((to) => ({ from, to })));
  it.each(pairs)("$from → $to only as the table has it", ({ from, to }) => {
    expect(advance(row(from), { state: to })?.row.desired.state).toBe(
      DESIRED_STEPS[from].includes(to) ? to : undefined,
    );
  });
});

describe("observe", () => {
  const verified = (): DesiredRow => {
    const { row } = takeLocalChange(undefined, local("21.37"), now);
    return { ...row, desired: { ...row.desired, state: "verified" } };
  };

  it("takes what the device says at its verification as what the change looks like there", () => {
    const rounded = observe(verified(), "21.4");
    expect(rounded).toMatchObject({ applied: "21.4", diverged: false });
    expect(rounded && observe(rounded, "21.4")).toBeUndefined();
    expect(rounded && observe(rounded, "21.37")).toBeUndefined();
  });

  it("tells when the device says something else later, and when it is back", () => {
    const rounded = observe(verified(), "21.4");
    const other = rounded && observe(rounded, "3");
    expect(other?.diverged).toBe(true);
    expect(other && observe(other, "21.4")?.diverged).toBe(false);
  });

  it("prefers what was read between the write and its verification", () => {
    const { row } = takeLocalChange(undefined, local("21.37"), now);
    const written = advance(row, { state: "written" })?.row;
    const read = written && observe(written, "21.4");
    const done = read && advance(read, { state: "verified" })?.row;
    expect(done && observe(done, "5")?.diverged).toBe(true);
  });

  it("expects nothing of a value that the spec has taken back", () => {
    const row = takeSpecChange(undefined, verifiedSpec, { now, type })?.row;
    const gone = row && withdraw(row)?.row;
    expect(gone?.withdrawn).toBe(true);
    expect(gone && observe(gone, "99")).toBeUndefined();
  });

  it("compares an end that was taken over with the text where that cannot be rounded", () => {
    const row = takeSpecChange(undefined, verifiedSpec, { now, type })?.row;
    expect(row && observe(row, "11")?.diverged).toBe(true);
    const float = takeSpecChange(undefined, verifiedSpec, { now, type: "DOUBLE" })?.row;
    expect(float && observe(float, "11")?.diverged).toBe(false);
  });
});

describe("timeLeft", () => {
  it("is nothing in another boot", () => {
    expect(timeLeft({ boot: "b1", upMs: 10_500 }, now)).toBe(500);
    expect(timeLeft({ boot: "b1", upMs: 9000 }, now)).toBe(0);
    expect(timeLeft({ boot: "b0", upMs: 99_000 }, now)).toBe(0);
  });
});
