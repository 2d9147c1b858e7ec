import { describe, expect, test } from "vitest";
import type { JsonValue } from "../../../../src/kube/json.ts";
import { applyMergePatch, readMergePatch } from "../../../../src/kube/patch/mergePatch.ts";

// RFC 7386, appendix A.
const CASES: readonly [JsonValue, JsonValue, JsonValue][] = [
  [{ a: "b" }, { a: "c" }, { a: "c" }],
  [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
  [{ a: "b" }, { a: null }, {}],
  [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
  [{ a: ["b"] }, { a: "c" }, { a: "c" }],
  [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
  [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
  [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
  [
    ["a", "b"],
    ["c", "d"],
    ["c", "d"],
  ],
  [{ a: "b" }, ["c"], ["c"]],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: "b", c: null }, { a: "b" }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
];

test.each(CASES)("%j patched by %j is %j", (document, patch, wanted) => {
  const before = structuredClone(document);
  expect(applyMergePatch(document, patch)).toEqual(wanted);
  expect(document).toEqual(before);
});

describe("a patch must be a JSON object", () => {
  test.each([
    ["[1]", "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}"],
    ['"x"', "error decoding patch: json: cannot unmarshal string into Go value of type map[string]interface {}"],
    ["{bad", "error decoding patch: invalid character 'b' looking for beginning of object key string"],
    ["", "error decoding patch: unexpected end of JSON input"],
    ["null", "Invalid JSON Patch"],
  ])("%j", (text, message) => {
    expect(() => readMergePatch(text)).toThrow(message);
  });

  test("big integers survive", () => {
    expect(readMergePatch('{"n":9007199254740993}')).toEqual({ n: 9007199254740993n });
  });
});
