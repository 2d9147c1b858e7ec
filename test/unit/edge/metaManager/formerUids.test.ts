import { expect, it } from "vitest";
import { FormerUids } from "../../../../src/edge/metaManager/formerUids.ts";

const KEY = "default/pump";

it.each([
  ["a device that nobody has heard of", [], "u1", undefined, true],
  ["the device that has the name now", ["u0"], "u1", "u1", true],
  ["a new device in the place of another", ["u0"], "u2", "u1", true],
  ["the last one of a name that is free", ["u0", "u1"], "u1", undefined, true],
  ["one before the last", ["u0", "u1"], "u0", undefined, false],
  ["a former one while another has the name", ["u0"], "u0", "u1", false],
] as const)("%s", (_, former, uid, current, expected) => {
  expect(new FormerUids(new Map([[KEY, [...former]]])).mayCome(KEY, uid, current)).toBe(expected);
});

it("a device that leaves twice is the last one again", () => {
  const former = new FormerUids(new Map([[KEY, ["u0", "u1"]]]));
  former.hasLeft(KEY, "u0");
  expect(former.mayCome(KEY, "u0", undefined)).toBe(true);
  expect(former.mayCome(KEY, "u1", undefined)).toBe(false);
});
