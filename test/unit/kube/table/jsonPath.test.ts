import { expect, test } from "vitest";
import type { JsonValue } from "../../../../src/kube/json.ts";
import { findAll, parseJsonPath } from "../../../../src/kube/table/jsonPath.ts";

const object = {
  spec: {
    color: "red",
    "a.b": 1,
    list: [1, 2, 3],
    items: [
      { n: 1, name: "x" },
      { n: 2, name: "y" },
    ],
  },
  status: {
    conditions: [
      { type: "Synced", status: "Unknown" },
      { type: "Ready", status: "True" },
    ],
  },
};

test.each<[string, JsonValue[]]>([
  [".spec.color", ["red"]],
  ["$.spec.color", ["red"]],
  [".spec['color']", ["red"]],
  [".spec.a\\.b", [1]],
  ['.spec["a.b"]', [1]],
  [".spec.list[0]", [1]],
  [".spec.list[-1]", [3]],
  [".spec.list[1:]", [2, 3]],
  [".spec.list[:2]", [1, 2]],
  [".spec.list[*]", [1, 2, 3]],
  [".spec.items[*].name", ["x", "y"]],
  [".spec..name", ["x", "y"]],
  ['.status.conditions[?(@.type=="Ready")].status', ["True"]],
  [".status.conditions[?(@.type=='Ready')].status", ["True"]],
  [".status.conditions[?(@.type!='Ready')].status", ["Unknown"]],
  [".spec.items[?(@.n>1)].name", ["y"]],
  [".spec.items[?(@.n<=1)].name", ["x"]],
  [".spec.items[?(@.missing)].name", []],
  [".spec.absent.deep", []],
  [".spec.color.deep", []],
  ["", [object]],
])("%s", (text, wanted) => {
  const path = parseJsonPath(text);
  expect(path).toBeDefined();
  expect(findAll(object, path ?? [])).toEqual(wanted);
});

test.each(["spec", ".spec[", ".spec[?(nope)]", ".a..[0]x["])("%s is no path", (text) => {
  expect(parseJsonPath(text)).toBeUndefined();
});
