import { expect, test } from "vitest";
import { ageOf, humanDuration } from "../../../../src/kube/table/age.ts";

const S = 1000;
const M = 60 * S;
const H = 60 * M;
const D = 24 * H;
const Y = 365 * D;

// The limits of k8s.io/apimachinery/pkg/util/duration.
test.each([
  [-3 * S, "<invalid>"],
  [-S, "0s"],
  [0, "0s"],
  [119 * S, "119s"],
  [2 * M, "2m"],
  [2 * M + 3 * S, "2m3s"],
  [10 * M + 3 * S, "10m"],
  [179 * M, "179m"],
  [3 * H, "3h"],
  [3 * H + 5 * M, "3h5m"],
  [8 * H + 5 * M, "8h"],
  [47 * H, "47h"],
  [2 * D, "2d"],
  [2 * D + 3 * H, "2d3h"],
  [8 * D + 3 * H, "8d"],
  [729 * D, "729d"],
  [2 * Y + D, "2y1d"],
  [8 * Y + D, "8y"],
])("%i ms is %s", (ms, text) => {
  expect(humanDuration(ms)).toBe(text);
});

test("an object without a time has an unknown age", () => {
  expect(ageOf(undefined, 0)).toBe("<unknown>");
  expect(ageOf("nonsense", 0)).toBe("<unknown>");
  expect(ageOf("1970-01-01T00:00:00Z", 5000)).toBe("5s");
});
