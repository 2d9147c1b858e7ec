import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../../src/kube/json.ts";
import { cloneJson, isObject, listAt, objectAt, sameJson } from "../../../../src/kube/json.ts";
import { compileSchema } from "../../../../src/kube/schema/compileSchema.ts";
import { validateObjectMeta } from "../../../../src/kube/schema/objectMeta.ts";
import { lineOf, recordedCauses, recordedDefinition, recordedSteps } from "../../../support/recordings.ts";

const versions = (listAt(objectAt(recordedDefinition("widgets"), "spec"), "versions") ?? []).filter(isObject);
const widgets = compileSchema(versions[0] ?? {});

function judge(body: JsonObject) {
  const object = cloneJson(body);
  object["metadata"] = { ...objectAt(object, "metadata"), namespace: "here" };
  widgets.applyDefaults(object);
  const removed = widgets.prune(object);
  const causes = [...validateObjectMeta(object, { namespaced: true, name: "subdomain" }), ...widgets.validate(object)];
  return { object, removed, lines: causes.map((cause) => lineOf({ ...cause })).sort() };
}

function creations(file: string) {
  return recordedSteps(file).filter(({ method }) => method === "POST");
}

describe("a custom resource is judged in the words of a real server", () => {
  for (const scenario of ["types", "numbers", "enum-required", "collections", "names", "cel"]) {
    test.each(creations(`http/validation/${scenario}.json`).map((step, i) => [i + 1, step] as const))(
      `${scenario}, request %i`,
      (_, { body, answer }) => {
        expect(judge(body).lines).toEqual(recordedCauses(answer));
      },
    );
  }
});

describe("defaults and pruning leave what a real server leaves", () => {
  for (const scenario of ["defaults", "pruning"]) {
    test.each(creations(`http/schema/${scenario}.json`).map((step, i) => [i + 1, step] as const))(
      `${scenario}, request %i`,
      (_, { body, answer }) => {
        const { object } = judge(body);
        expect(sameJson(object["spec"], answer["spec"])).toBe(true);
      },
    );
  }

  test("pruning tells the paths it removed, metadata first", () => {
    const { removed } = judge({
      apiVersion: "gadgets.example.com/v1",
      kind: "Widget",
      metadata: { name: "a", nope: 1 },
      spec: { color: "red", parts: [{ name: "p", nope: 1 }], settings: { free: 1, known: { nope: 1 } } },
      extra: 1,
    });
    expect(removed).toEqual(["metadata.nope", "extra", "spec.parts[0].nope", "spec.settings.known.nope"]);
  });
});

describe("updates", () => {
  const stored = judge(widget({ color: "red", replicas: 9, fixed: "stone" })).object;

  test("transition rules compare with what is stored", () => {
    const lines = causesOf(widget({ color: "red", replicas: 3, fixed: "stone" }));
    expect(lines).toEqual([
      'spec | FieldValueInvalid | Invalid value: "object": replicas may shrink by at most 5 at a time',
    ]);
  });

  test("a rule on a member that was removed runs on its parent", () => {
    const lines = causesOf(widget({ color: "red", replicas: 9 }));
    expect(lines).toEqual([
      'spec | FieldValueInvalid | Invalid value: "object": failed rule: !has(oldSelf.fixed) || has(self.fixed)',
    ]);
  });

  test("a mistake that was stored before the schema was narrowed is tolerated where nothing changes", () => {
    const old = { ...stored, spec: { ...objectAt(stored, "spec"), color: "pink", size: "small", replicas: 9 } };
    const relabelled = { ...old, metadata: { name: "x", namespace: "here", labels: { a: "b" } } };
    expect(widgets.validate(relabelled, old)).toEqual([]);
  });

  test("a duplicate in a set that was stored before is tolerated, a new one is not", () => {
    const old = { ...stored, spec: { ...objectAt(stored, "spec"), tags: ["a", "a"] } };
    expect(widgets.validate(cloneJson(old), old)).toEqual([]);
    expect(widgets.validate(old, stored).map(({ reason }) => reason)).toEqual(["FieldValueDuplicate"]);
  });

  function causesOf(body: JsonObject): string[] {
    const { object } = judge(body);
    return widgets.validate(object, stored).map((cause) => lineOf({ ...cause }));
  }
});

describe("junctors, embedded resources and field selectors", () => {
  test("oneOf says how many alternatives fit", () => {
    const lines = judge(widget({ color: "red", choice: { left: "a", right: "b" } })).lines;
    expect(lines).toEqual([
      'spec.choice | FieldValueInvalid | Invalid value: "": "spec.choice" must validate one and only one schema (oneOf). Found 2 valid alternatives',
    ]);
  });

  test("an embedded resource must say what it is", () => {
    const lines = judge(widget({ color: "red", template: { spec: {} } })).lines;
    expect(lines).toEqual([
      "spec.template.apiVersion | FieldValueRequired | Required value: must not be empty",
      "spec.template.kind | FieldValueRequired | Required value: must not be empty",
    ]);
  });

  test("formats are named with the value", () => {
    const lines = judge(widget({ color: "red", address: "1.2.3", startAt: "noon", payload: "*" })).lines;
    expect(lines.filter((line) => !line.startsWith("<nil>"))).toEqual([
      'spec.address | FieldValueTypeInvalid | Invalid value: "1.2.3": spec.address in body must be of type ipv4: "1.2.3"',
      'spec.payload | FieldValueTypeInvalid | Invalid value: "*": spec.payload in body must be of type byte: "*"',
      'spec.startAt | FieldValueTypeInvalid | Invalid value: "noon": spec.startAt in body must be of type date-time: "noon"',
    ]);
  });

  test("text lengths count characters, not bytes", () => {
    const lines = judge(widget({ color: "red", title: "äöüäöüäöüäöüä" })).lines;
    expect(lines.filter((line) => !line.startsWith("<nil>"))).toEqual([
      "spec.title | FieldValueTooLong | Too long: may not be more than 12 bytes",
    ]);
    expect(judge(widget({ color: "red", title: "äöüäöüäöüäöü" })).lines).toEqual([]);
  });

  test("selectable fields come from the definition and read as text", () => {
    const { object } = judge(widget({ color: "red" }));
    expect(widgets.selectableFields).toEqual(["spec.color", "spec.size"]);
    expect(widgets.fieldValue(object, "spec.color")).toBe("red");
    expect(widgets.fieldValue(object, "spec.title")).toBe("");
  });

  test("metadata of the wrong type is told in the words of Go", () => {
    expect(widgets.mistake({ metadata: { labels: { a: 5 } } })).toBe(
      "json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string",
    );
    expect(widgets.mistake({ metadata: [] })).toBe("json: cannot unmarshal array into Go value of type v1.ObjectMeta");
    expect(widgets.mistake({ metadata: { labels: { a: "5" } } })).toBeUndefined();
  });
});

function widget(spec: JsonObject): JsonObject {
  return { apiVersion: "gadgets.example.com/v1", kind: "Widget", metadata: { name: "x" }, spec };
}
