import { expect, test } from "vitest";
import { mergePatchOf } from "../../../../src/cloud/cluster/mergePatch.ts";

test.each([
  [{ a: 1 }, { a: 1 }, undefined],
  [{}, { a: 1 }, { a: 1 }],
  [{ a: 1, b: 2 }, { a: 1 }, { b: null }],
  [{ a: 1 }, { a: undefined }, { a: null }],
  [{ a: { b: 1, c: 2 } }, { a: { b: 1, c: 3 } }, { a: { c: 3 } }],
  [{ a: { b: 1, c: 2 } }, { a: { b: 1 } }, { a: { c: null } }],
  [{ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, undefined],
  [{ a: [1, { b: 2 }] }, { a: [1, { b: 3 }] }, { a: [1, { b: 3 }] }],
  [{ a: [1] }, { a: [1, 2] }, { a: [1, 2] }],
  [{ a: "x" }, { a: { b: 1 } }, { a: { b: 1 } }],
])("from %o to %o it is %o", (before, after, patch) => {
  expect(mergePatchOf(before, after)).toEqual(patch);
});
