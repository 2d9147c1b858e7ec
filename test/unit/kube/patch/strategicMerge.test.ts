import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../../src/kube/json.ts";
import { applyStrategicMerge } from "../../../../src/kube/patch/strategicMerge.ts";

const conditions = [
  { type: "Ready", status: "True" },
  { type: "Disk", status: "False" },
];

describe("lists of objects merge by their key", () => {
  test.each<[string, JsonObject[], JsonObject[]]>([
    [
      "a known key is merged",
      [{ type: "Ready", status: "False" }],
      [
        { type: "Ready", status: "False" },
        { type: "Disk", status: "False" },
      ],
    ],
    ["a new key is appended", [{ type: "New" }], [...conditions, { type: "New" }]],
    ["$patch: delete removes", [{ type: "Ready", $patch: "delete" }], [{ type: "Disk", status: "False" }]],
    ["$patch: replace replaces all", [{ $patch: "replace" }, { type: "Only" }], [{ type: "Only" }]],
  ])("%s", (_, patch, wanted) => {
    const document = { status: { conditions: structuredClone(conditions) } };
    expect(applyStrategicMerge(document, { status: { conditions: patch } })).toEqual({
      status: { conditions: wanted },
    });
    expect(document.status.conditions).toEqual(conditions);
  });

  test("an item without the key is refused", () => {
    const patch = { status: { conditions: [{ status: "True" }] } };
    expect(() => applyStrategicMerge({ status: { conditions } }, patch)).toThrow(
      "does not contain declared merge key: type",
    );
  });

  test("ports merge by containerPort in pods and by port in services", () => {
    const service = { spec: { ports: [{ port: 80, name: "a" }] } };
    expect(applyStrategicMerge(service, { spec: { ports: [{ port: 80, name: "b" }] } })).toEqual({
      spec: { ports: [{ port: 80, name: "b" }] },
    });
  });
});

describe("other lists", () => {
  test("finalizers merge as a set", () => {
    const patched = applyStrategicMerge({ metadata: { finalizers: ["a"] } }, { metadata: { finalizers: ["b", "a"] } });
    expect(patched).toEqual({ metadata: { finalizers: ["a", "b"] } });
  });

  test("$deleteFromPrimitiveList takes members out of a set", () => {
    const patch = { metadata: { "$deleteFromPrimitiveList/finalizers": ["a"] } };
    expect(applyStrategicMerge({ metadata: { finalizers: ["a", "b"] } }, patch)).toEqual({
      metadata: { finalizers: ["b"] },
    });
  });

  test("a list without a key is replaced", () => {
    const patched = applyStrategicMerge({ spec: { taints: [{ key: "a" }] } }, { spec: { taints: [{ key: "b" }] } });
    expect(patched).toEqual({ spec: { taints: [{ key: "b" }] } });
  });

  test("$setElementOrder orders what it names and leaves the rest in place", () => {
    const document = { status: { conditions: [{ type: "server" }, { type: "a" }, { type: "b" }] } };
    const patch = { status: { "$setElementOrder/conditions": [{ type: "b" }, { type: "a" }] } };
    expect(applyStrategicMerge(document, patch)).toEqual({
      status: { conditions: [{ type: "server" }, { type: "b" }, { type: "a" }] },
    });
  });
});

describe("maps", () => {
  test.each<[string, JsonObject, JsonObject]>([
    ["null removes", { data: { a: null, c: "3" } }, { data: { b: "2", c: "3" } }],
    ["$patch: replace replaces", { data: { $patch: "replace", z: "9" } }, { data: { z: "9" } }],
    ["$patch: delete empties", { data: { $patch: "delete" } }, { data: {} }],
    ["$retainKeys drops what it does not name", { data: { $retainKeys: ["b"], b: "5" } }, { data: { b: "5" } }],
  ])("%s", (_, patch, wanted) => {
    expect(applyStrategicMerge({ data: { a: "1", b: "2" } }, patch)).toEqual(wanted);
  });

  test("an unknown directive is refused", () => {
    expect(() => applyStrategicMerge({}, { $patch: "frob" })).toThrow("Unknown patch type found: frob");
  });
});
