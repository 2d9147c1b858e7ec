import { describe, expect, test } from "vitest";
import { matchesFields, matchesLabels, parseFieldSelector, parseLabelSelector } from "../../../src/kube/selectors.ts";

const objects = [
  { idx: "0", tier: "back" },
  { idx: "1", odd: "yes", tier: "front" },
  { idx: "2" },
  { idx: "3", odd: "yes" },
];

describe("label selectors", () => {
  test.each([
    ["", [0, 1, 2, 3]],
    ["odd=yes", [1, 3]],
    ["odd==yes", [1, 3]],
    ["odd!=yes", [0, 2]],
    ["idx in (1,2)", [1, 2]],
    ["idx notin (1, 2)", [0, 3]],
    ["odd", [1, 3]],
    ["!odd", [0, 2]],
    ["tier=front,odd", [1]],
    ["idx>1", [2, 3]],
    ["idx < 1", [0]],
    ["odd=", []],
    ["odd in (yes,)", [1, 3]],
  ])("%j", (text, wanted) => {
    const selector = parseLabelSelector(text);
    expect(objects.flatMap((labels, i) => (matchesLabels(selector, labels) ? [i] : []))).toEqual(wanted);
  });

  test("objects without labels satisfy what asks for absence", () => {
    expect(matchesLabels(parseLabelSelector("a!=b,!c"), undefined)).toBe(true);
  });

  test.each([
    ["a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ["idx in 1", "unable to parse requirement: found '1' expected: '('"],
    ["=x", "found '=', expected: !, identifier, or 'end of string'"],
    ["odd=yes,", "found '', expected: identifier after ','"],
    ["x=bad value!", "found 'value', expected: ',' or 'end of string'"],
    ["a=b=c", "found '=', expected: ',' or 'end of string'"],
  ])("%j is refused as Kubernetes refuses it", (text, message) => {
    expect(() => parseLabelSelector(text)).toThrow(message);
  });
});

describe("field selectors", () => {
  const fields: Record<string, string> = { "metadata.name": "a", "spec.color": "red,blue" };
  const supported = (path: string) => path in fields || path === "spec.size";
  const matches = (text: string) => matchesFields(parseFieldSelector(text, supported), (path) => fields[path] ?? "");

  test.each([
    ["", true],
    ["metadata.name=a", true],
    ["metadata.name!=a", false],
    ["spec.size!=large", true],
    ["spec.size=", true],
    ["metadata.name==a,spec.size=large", false],
    ["spec.color=red\\,blue", true],
  ])("%j", (text, wanted) => {
    expect(matches(text)).toBe(wanted);
  });

  test.each([
    ["spec.nope=1", "field label not supported: spec.nope"],
    ["spec.color", "invalid selector: 'spec.color'; can't understand 'spec.color'"],
    ["metadata.name>a", "invalid selector: 'metadata.name>a'; can't understand 'metadata.name>a'"],
  ])("%j is refused as Kubernetes refuses it", (text, message) => {
    expect(() => matches(text)).toThrow(message);
  });
});
