import { describe, expect, test } from "vitest";
import type { JsonObject, JsonValue } from "../../../../src/kube/json.ts";
import { applyJsonPatch } from "../../../../src/kube/patch/jsonPatch.ts";
import { ApiError } from "../../../../src/kube/status.ts";

const document = (): JsonObject => ({ spec: { color: "red", tags: ["a", "b"], settings: { "x/y": 1, "m~n": 2 } } });

describe("operations", () => {
  test.each<[string, JsonValue, JsonObject]>([
    ["add appends with -", [{ op: "add", path: "/spec/tags/-", value: "c" }], { tags: ["a", "b", "c"] }],
    ["add inserts", [{ op: "add", path: "/spec/tags/0", value: "z" }], { tags: ["z", "a", "b"] }],
    ["remove takes one item", [{ op: "remove", path: "/spec/tags/0" }], { tags: ["b"] }],
    [
      "copy and move",
      [
        { op: "copy", from: "/spec/color", path: "/spec/title" },
        { op: "move", from: "/spec/title", path: "/spec/comment" },
      ],
      { comment: "red" },
    ],
    [
      "escaped names",
      [
        { op: "replace", path: "/spec/settings/x~1y", value: 5 },
        { op: "remove", path: "/spec/settings/m~0n" },
      ],
      { settings: { "x/y": 5 } },
    ],
    [
      "replace adds a member that is missing, as in Kubernetes",
      [{ op: "replace", path: "/spec/new", value: 1 }],
      { new: 1 },
    ],
    ["a test that holds", [{ op: "test", path: "/spec/color", value: "red" }], { color: "red" }],
    ["a test of null for an absent member", [{ op: "test", path: "/spec/absent", value: null }], { color: "red" }],
    ["nothing", [], { color: "red" }],
  ])("%s", (_, patch, wanted) => {
    const before = document();
    expect(applyJsonPatch(before, patch)).toMatchObject({ spec: wanted });
    expect(before).toEqual(document());
  });
});

describe("what does not apply is refused as a whole", () => {
  test.each<[string, JsonValue]>([
    ["a failed test", [{ op: "test", path: "/spec/color", value: "blue" }]],
    ["a missing member", [{ op: "remove", path: "/spec/absent" }]],
    ["a missing parent", [{ op: "add", path: "/spec/absent/deep", value: 1 }]],
    ["an index beyond the end", [{ op: "add", path: "/spec/tags/7", value: "x" }]],
    ["an index that is none", [{ op: "remove", path: "/spec/tags/x" }]],
    ["an unknown operation", [{ op: "frob", path: "/spec/color" }]],
    ["no value", [{ op: "add", path: "/spec/color" }]],
    ["no path", [{ op: "remove" }]],
    ["an operation that is no object", [5]],
  ])("%s", (_, patch) => {
    expect(codeOf(patch)).toBe(422);
  });

  test("a patch that is no list is a bad request", () => {
    expect(() => applyJsonPatch(document(), { op: "x" })).toThrow(
      "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
    );
  });

  test("too many operations are too large", () => {
    expect(codeOf(Array.from({ length: 10_001 }, () => ({ op: "remove", path: "/x" })))).toBe(413);
  });
});

function codeOf(patch: JsonValue): number {
  try {
    applyJsonPatch(document(), patch);
  } catch (error) {
    if (error instanceof ApiError) {
      return error.code;
    }
  }
  return 200;
}
