import { expect, it } from "vitest";
import { Tolerance } from "../../../../src/shared/kit/tolerance.ts";

it("so many mistakes within the time are borne, and one more is not", () => {
  const tolerance = new Tolerance({ mistakes: 2, withinMs: 1000 });
  expect([0, 500, 1000].map((now) => tolerance.exceededBy(now))).toEqual([false, false, true]);
});

it("old mistakes are forgotten", () => {
  const tolerance = new Tolerance({ mistakes: 2, withinMs: 1000 });
  expect([0, 500, 1001, 2002].map((now) => tolerance.exceededBy(now))).toEqual([false, false, false, false]);
});
