import { describe, expect, test } from "vitest";
import { builtInSchema } from "../../../../../src/kube/builtins/builtIns.ts";
import type { JsonObject } from "../../../../../src/kube/json.ts";
import { cloneJson } from "../../../../../src/kube/json.ts";
import { validateObjectMeta } from "../../../../../src/kube/schema/objectMeta.ts";
import { lineOf, recordedCauses, recordedDefinition, recordedSteps } from "../../../../support/recordings.ts";

const definitions = builtInSchema("apiextensions.k8s.io", "v1", "CustomResourceDefinition");

function judge(body: JsonObject, old?: JsonObject): string[] {
  const crd = cloneJson(body);
  expect(definitions?.mistake(crd)).toBeUndefined();
  definitions?.prune(crd);
  definitions?.applyDefaults(crd);
  const metadata = old === undefined ? validateObjectMeta(crd, { namespaced: false, name: "subdomain" }) : [];
  return [...metadata, ...(definitions?.validate(crd, old) ?? [])].map((cause) => lineOf({ ...cause })).sort();
}

describe("a definition is refused in the words of a real server", () => {
  for (const scenario of ["rejected-names", "rejected-schemas", "rejected-extras"]) {
    test.each(recordedSteps(`http/crds/${scenario}.json`).map((step, i) => [i + 1, step] as const))(
      `${scenario}, request %i`,
      (_, { body, answer }) => {
        expect(judge(body)).toEqual(recordedCauses(answer));
      },
    );
  }

  test.each(["widgets", "gauges"] as const)("%s, which a real server took, is taken", (name) => {
    expect(judge(recordedDefinition(name))).toEqual([]);
  });
});

function knob(schema: JsonObject): JsonObject {
  return {
    metadata: { name: "knobs.parts.example.com" },
    spec: {
      group: "parts.example.com",
      scope: "Namespaced",
      names: { plural: "knobs", kind: "Knob" },
      versions: [
        { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object", ...schema } } },
      ],
    },
  };
}

function withRule(rule: JsonObject, property: JsonObject = { type: "object", properties: { a: { type: "integer" } } }) {
  return knob({ properties: { spec: { ...property, "x-kubernetes-validations": [rule] } } });
}

const AT = "spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations[0]";

describe("rules are checked when they are defined", () => {
  test.each([
    ["an unknown field", { rule: "self.b > 1" }, "no such key: b"],
    ["operands of different types", { rule: 'self.a == "x"' }, "no such overload"],
    ["a function that Kubernetes does not have", { rule: 'semver("1.0.0") == self.a' }, "semver"],
    [
      "cel.bind, which a cluster does not have",
      { rule: "cel.bind(x, self.a, x > 1)" },
      "undeclared reference to 'cel'",
    ],
    ["a result that is no bool", { rule: "self.a" }, "must evaluate to a bool"],
    ["a syntax mistake", { rule: "self.a >" }, "compilation failed"],
    ["a pattern that does not compile", { rule: "string(self.a).matches('(')" }, "error parsing regexp"],
  ])("%s", (_, rule, text) => {
    const lines = judge(withRule(rule));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`${AT}.rule | FieldValueInvalid`);
    expect(lines[0]).toContain(text);
  });

  test("a messageExpression must yield text", () => {
    expect(judge(withRule({ rule: "self.a > 1", messageExpression: "self.a" }))[0]).toContain(
      `${AT}.messageExpression`,
    );
  });

  test("a reason must be one that a Status knows", () => {
    expect(judge(withRule({ rule: "self.a > 1", reason: "Because" }))[0]).toContain(
      `${AT}.reason | FieldValueNotSupported`,
    );
  });

  test("oldSelf cannot be compared in items that have no identity", () => {
    const items = { type: "integer", "x-kubernetes-validations": [{ rule: "self >= oldSelf" }] };
    const lines = judge(knob({ properties: { spec: { type: "array", items } } }));
    expect(lines[0]).toContain("oldSelf cannot be used on the uncorrelatable portion of the schema");
  });

  test("a rule over unbounded nested lists is too expensive, with bounds it is not", () => {
    const rule = { rule: "self.all(x, self.all(y, self.all(z, x + y + z > 0)))" };
    const list = { type: "array", items: { type: "integer" } };
    expect(judge(withRule(rule, list))[1]).toContain("estimated rule cost exceeds budget by more than 100x");
    expect(judge(withRule(rule, { ...list, maxItems: 10 }))).toEqual([]);
  });
});

describe("structure", () => {
  test("junctors may not give types", () => {
    const a = { type: "string", anyOf: [{ type: "string" }] };
    expect(judge(knob({ properties: { a } }))).toEqual([
      "spec.validation.openAPIV3Schema.properties[a].anyOf[0].type | FieldValueForbidden | Forbidden: must be empty to be structural",
    ]);
  });

  test("int-or-string may spell out its two types", () => {
    const a = { "x-kubernetes-int-or-string": true, anyOf: [{ type: "integer" }, { type: "string" }] };
    expect(judge(knob({ properties: { a } }))).toEqual([]);
  });

  test("a default may not hold what pruning would remove", () => {
    const a = { type: "object", properties: { b: { type: "string" } }, default: { c: 1 } };
    expect(judge(knob({ properties: { a } }))[0]).toContain("properties[a].default | FieldValueInvalid");
  });

  test("a conversion webhook is refused, because nobody would call it", () => {
    const crd = knob({});
    crd["spec"] = { ...Object(crd["spec"]), conversion: { strategy: "Webhook" } };
    expect(judge(crd)).toEqual([
      'spec.conversion.strategy | FieldValueNotSupported | Unsupported value: "Webhook": supported values: "None"',
    ]);
  });
});

describe("changes", () => {
  const old = {
    ...knob({}),
    status: { conditions: [{ type: "Established", status: "True" }], storedVersions: ["v1"] },
  };

  test("group, plural, and once established scope and kind are fixed", () => {
    const crd = knob({});
    crd["status"] = cloneJson(old["status"]);
    crd["spec"] = { ...Object(crd["spec"]), group: "other.example.com", scope: "Cluster" };
    expect(judge(crd, old)).toEqual([
      'spec.group | FieldValueInvalid | Invalid value: "other.example.com": field is immutable',
      'spec.scope | FieldValueInvalid | Invalid value: "Cluster": field is immutable',
    ]);
  });

  test("a version that objects are stored in cannot go", () => {
    const crd = knob({});
    crd["status"] = { storedVersions: ["v0", "v1"] };
    expect(judge(crd, old)).toEqual([
      'status.storedVersions[0] | FieldValueInvalid | Invalid value: "v0": must appear in spec.versions',
    ]);
  });

  test("a new storage version is added to the stored ones", () => {
    const crd = knob({});
    crd["status"] = { storedVersions: ["v0"] };
    definitions?.applyDefaults(crd);
    expect(crd["status"]).toMatchObject({ storedVersions: ["v0", "v1"] });
  });
});
