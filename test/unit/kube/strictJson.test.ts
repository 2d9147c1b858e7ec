import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cloneJson, type JsonObject, sameJson, stringifyJson } from "../../../src/kube/json.ts";
import { parseJson, parseStrictJson } from "../../../src/kube/strictJson.ts";

describe("numbers", () => {
  test.each([
    ["9007199254740993", "9007199254740993"],
    ["9223372036854775807", "9223372036854775807"],
    ["-9223372036854775808", "-9223372036854775808"],
    ["9223372036854775808", "9223372036854776000"],
    ["1e3", "1000"],
    ["2.0", "2"],
    ["-0.0", "0"],
    ["0.1", "0.1"],
  ])("%s is written back as %s", (text, written) => {
    expect(stringifyJson(parseJson(`{"n":${text}}`))).toBe(`{"n":${written}}`);
  });
});

describe("mistakes are told in the words of Go", () => {
  test.each([
    ["", "unexpected end of JSON input"],
    ["{", "unexpected end of JSON input"],
    ["{bad", "invalid character 'b' looking for beginning of object key string"],
    ["[1,]", "invalid character ']' looking for beginning of value"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b"}', "invalid character '\"' after object key:value pair"],
    ["[1 2]", "invalid character '2' after array element"],
    ["1 2", "invalid character '2' after top-level value"],
    ['"a\nb"', "invalid character '\\n' in string literal"],
  ])("%j", (text, message) => {
    expect(() => parseJson(text)).toThrow(new SyntaxError(message));
  });
});

test("a field that is given twice is told once, with its path; the last value counts", () => {
  const { value, duplicates } = parseStrictJson('{"a":{"b":1,"b":2,"b":3},"l":[{"x":1,"x":2}],"a":4}');
  expect(duplicates).toEqual(['duplicate field "a.b"', 'duplicate field "l[0].x"', 'duplicate field "a"']);
  expect(value).toEqual({ a: 4, l: [{ x: 2 }] });
});

test("__proto__ is an ordinary name, also in copies", () => {
  const value = parseStrictJson('{"__proto__":{"a":1},"n":12345678901234567}').value;
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  expect(stringifyJson(cloneJson(value))).toBe('{"__proto__":{"a":1},"n":12345678901234567}');
});

test("the strict reader agrees with JSON.parse on any JSON", async () => {
  await fc.assert(
    fc.property(fc.json(), (text) => {
      // -0 is 0 for Kubernetes, and so is it here.
      const expected = JSON.parse(text, (_, value: unknown) => (Object.is(value, -0) ? 0 : value));
      expect(JSON.parse(stringifyJson(parseStrictJson(text).value))).toEqual(expected);
    }),
  );
});

test("equality ignores the order of members and absent ones", () => {
  const a: JsonObject = { x: 1, y: [{ z: null }], gone: undefined };
  expect(sameJson(a, { y: [{ z: null }], x: 1 })).toBe(true);
  expect(sameJson(a, { x: 1, y: [{}] })).toBe(false);
  expect(sameJson({ x: 1n }, { x: 1 })).toBe(false);
});
