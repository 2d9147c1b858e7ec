import { describe, expect, test } from "vitest";
import { compileRules } from "../../../../src/kube/cel/ruleSet.ts";
import type { JsonObject } from "../../../../src/kube/json.ts";
import { schemaNodeOf } from "../../../../src/kube/schema/schemaNode.ts";

interface Case {
  readonly schema: JsonObject;
  readonly rule: string;
  readonly extra?: JsonObject;
}

/** The causes of one rule on `spec`, as lines. */
function judge({ schema, rule, extra = {} }: Case, value: JsonObject["spec"], old?: JsonObject["spec"]): string[] {
  const spec = { ...schema, "x-kubernetes-validations": [{ rule, ...extra }] };
  const rules = compileRules(schemaNodeOf({ type: "object", properties: { spec } }));
  const before = old === undefined ? undefined : { spec: old };
  return rules.evaluate({ spec: value }, before).map(({ field, reason, message }) => `${field} ${reason} ${message}`);
}

const numbers = { type: "object", properties: { a: { type: "integer" }, b: { type: "number" } } };

describe("values appear in rules with the types of their schema", () => {
  test.each<[string, JsonObject, string, JsonObject["spec"]]>([
    ["integers beyond 2^53", numbers, "self.a == 9007199254740993", { a: 9007199254740993n }],
    ["whole numbers of type number", numbers, "self.b == 2.0", { b: 2 }],
    ["absent members", numbers, "!has(self.a)", { b: 1 }],
    [
      "names that CEL reserves",
      { type: "object", properties: { in: { type: "string" } } },
      "self.__in__ == 'x'",
      { in: "x" },
    ],
    [
      "names with dashes and dots",
      { type: "object", properties: { "a-b.c": { type: "string" } } },
      "self.a__dash__b__dot__c == 'x'",
      { "a-b.c": "x" },
    ],
    [
      "maps",
      { type: "object", additionalProperties: { type: "integer" } },
      "self.all(k, self[k] > 0) && 'x' in self",
      { x: 1 },
    ],
    ["lists of objects", { type: "array", items: numbers }, "self.exists(x, x.a == 2)", [{ a: 1 }, { a: 2 }]],
    ["equal objects", { type: "array", items: numbers }, "self[0] == self[1]", [{ a: 1 }, { a: 1 }]],
    ["bytes", { type: "string", format: "byte" }, "size(self) == 3", "AAEC"],
    [
      "times",
      { type: "string", format: "date-time" },
      "self > timestamp('2020-01-01T00:00:00Z')",
      "2021-01-01T00:00:00Z",
    ],
    ["durations", { type: "string", format: "duration" }, "self < duration('1h')", "30m"],
    ["int or string", { "x-kubernetes-int-or-string": true }, "type(self) == int ? self == 5 : self == 'http'", "http"],
    [
      "nullable members",
      { type: "object", properties: { n: { type: "string", nullable: true } } },
      "self.n == null",
      { n: null },
    ],
    [
      "trees that keep unknown members",
      { type: "object", "x-kubernetes-preserve-unknown-fields": true },
      "self.any.thing == 1",
      { any: { thing: 1 } },
    ],
  ])("%s", (_, schema, rule, value) => {
    expect(judge({ schema, rule }, value)).toEqual([]);
  });
});

describe("a failed rule", () => {
  test("says its message, or itself", () => {
    expect(judge({ schema: numbers, rule: "self.a > 1" }, { a: 1 })).toEqual([
      'spec FieldValueInvalid Invalid value: "object": failed rule: self.a > 1',
    ]);
    expect(judge({ schema: numbers, rule: "self.a > 1", extra: { message: "too few" } }, { a: 1 })).toEqual([
      'spec FieldValueInvalid Invalid value: "object": too few',
    ]);
  });

  test("names the field and the reason that it is given", () => {
    const extra = { message: "no", fieldPath: ".a", reason: "FieldValueForbidden" };
    expect(judge({ schema: numbers, rule: "self.a > 1", extra }, { a: 1 })).toEqual([
      "spec.a FieldValueForbidden Forbidden: no",
    ]);
  });

  test("makes its message from the value, and falls back when that fails", () => {
    const extra = { message: "plain", messageExpression: "'got ' + string(self.a)" };
    expect(judge({ schema: numbers, rule: "false", extra }, { a: 1 })[0]).toContain("got 1");
    expect(judge({ schema: numbers, rule: "false", extra }, { b: 1 })[0]).toContain("plain");
  });

  test("that cannot be evaluated says why", () => {
    expect(judge({ schema: numbers, rule: "self.a > 1", extra: { message: "m" } }, { b: 1 })).toEqual([
      'spec FieldValueInvalid Invalid value: "object": no such key: a evaluating rule: m',
    ]);
  });
});

describe("on update", () => {
  test("a transition rule does not run on create, an unchanged part is left alone", () => {
    const immutable = { schema: numbers, rule: "self == oldSelf" };
    expect(judge(immutable, { a: 1 })).toEqual([]);
    expect(judge(immutable, { a: 1 }, { a: 2 })).toHaveLength(1);
    expect(judge({ schema: numbers, rule: "false" }, { a: 1 }, { a: 1 })).toEqual([]);
  });

  test("optionalOldSelf runs on create too, with nothing in it", () => {
    const rule = { schema: numbers, rule: "oldSelf.hasValue() || self.a == 0", extra: { optionalOldSelf: true } };
    expect(judge(rule, { a: 0 })).toEqual([]);
    expect(judge(rule, { a: 1 })).toHaveLength(1);
    expect(judge(rule, { a: 1 }, { a: 0 })).toEqual([]);
  });

  test("items of a list map are compared with what had their key", () => {
    const items = {
      type: "object",
      properties: { name: { type: "string" }, n: { type: "integer" } },
      "x-kubernetes-validations": [{ rule: "self.n >= oldSelf.n" }],
    };
    const list = { type: "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"], items };
    const rules = compileRules(schemaNodeOf({ type: "object", properties: { list } }));
    const old = {
      list: [
        { name: "a", n: 1 },
        { name: "b", n: 5 },
      ],
    };
    const wish = {
      list: [
        { name: "b", n: 4 },
        { name: "a", n: 2 },
        { name: "new", n: 0 },
      ],
    };
    expect(rules.evaluate(wish, old).map(({ field }) => field)).toEqual(["list[0]"]);
  });
});

test("a rule that would take too long is not run", () => {
  const list = { type: "array", items: { type: "integer" } };
  const lines = judge(
    { schema: list, rule: "self.all(x, self.all(y, x + y >= 0))" },
    Array.from({ length: 2000 }, () => 1),
  );
  expect(lines[0]).toContain("call cost exceeds limit");
});
