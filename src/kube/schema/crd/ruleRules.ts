import { compileNodeRules, type NodeRules, type Rule } from "../../cel/rule.ts";
import { ruleCost } from "../../cel/staticCost.ts";
import type { JsonObject } from "../../json.ts";
import { textAt } from "../../json.ts";
import type { Cause } from "../../status.ts";
import { fieldForbidden, invalidValue, notSupported, required } from "../causes.ts";
import type { SchemaNode } from "../schemaNode.ts";
import { isNode } from "../schemaNode.ts";

const REASONS = ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];
/** Estimated cost at creation: for one rule, and for all rules of a schema (apiextensions validation/cel_validation.go). */
const RULE_LIMIT = 10_000_000;
const SCHEMA_LIMIT = 100_000_000;
const TOTAL = "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema";

interface Place {
  readonly field: string;
  /** False below lists whose items have no identity: there is no old value to compare with. */
  readonly correlatable: boolean;
  /** How many values of this node an object can have at most. */
  readonly count: number;
  readonly isRoot: boolean;
}

/** All x-kubernetes-validations of a schema: they compile, they compare only what can be compared, and they are affordable. */
export function validateRules(root: SchemaNode, field: string): Cause[] {
  const total = { cost: 0 };
  const causes = nodeCauses(root, { field, correlatable: true, count: 1, isRoot: true }, total);
  if (total.cost > SCHEMA_LIMIT) {
    causes.push(fieldForbidden(field, tooExpensive(TOTAL, total.cost / SCHEMA_LIMIT)));
  }
  return causes;
}

function tooExpensive(what: string, factor: number): string {
  const shown = factor > 100 ? "more than 100x" : `factor of ${factor.toFixed(1)}x`;
  return `${what} exceeds budget by ${shown} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`;
}

function nodeCauses(node: SchemaNode, place: Place, total: { cost: number }): Cause[] {
  const own = node.rules.length === 0 ? [] : ownCauses(node, place, total);
  return [...own, ...childPlaces(node, place).flatMap(([child, at]) => nodeCauses(child, at, total))];
}

/** An unbounded list or map can have as many members as fit into a request. */
const UNBOUNDED = 3 * 1024 * 1024;

function childPlaces(node: SchemaNode, place: Place): [SchemaNode, Place][] {
  const { field, correlatable, count } = place;
  const places: [SchemaNode, Place][] = [...node.properties].map(([name, child]) => [
    child,
    { field: `${field}.properties[${name}]`, correlatable, count, isRoot: false },
  ]);
  if (node.items !== undefined) {
    const most = node.limits.maxItems ?? UNBOUNDED / 64;
    const matched = correlatable && node.listType === "map";
    places.push([node.items, { field: `${field}.items`, correlatable: matched, count: count * most, isRoot: false }]);
  }
  if (isNode(node.additional)) {
    const most = node.limits.maxProperties ?? UNBOUNDED / 64;
    const at = `${field}.additionalProperties`;
    places.push([node.additional, { field: at, correlatable, count: count * most, isRoot: false }]);
  }
  return places;
}

function ownCauses(node: SchemaNode, place: Place, total: { cost: number }): Cause[] {
  const texts = node.rules.flatMap((rule, i) => textCauses(rule, `${place.field}.x-kubernetes-validations[${i}]`));
  if (texts.length > 0) {
    return texts;
  }
  const compiled = compileNodeRules(node, place.isRoot);
  const causes = mistakeCauses(compiled, place.field);
  if (causes.length > 0) {
    return causes;
  }
  return compiled.rules.flatMap((rule, i) =>
    ruleCauses(rule, node, { ...place, field: `${place.field}.x-kubernetes-validations[${i}]` }, total),
  );
}

function textCauses(rule: JsonObject, field: string): Cause[] {
  const text = textAt(rule, "rule") ?? "";
  const message = textAt(rule, "message");
  const reason = textAt(rule, "reason");
  const fieldPath = textAt(rule, "fieldPath");
  const causes: Cause[] = text.trim() === "" ? [required(`${field}.rule`, "rule is not specified")] : [];
  if (message !== undefined && message.trim() === "") {
    causes.push(invalidValue(`${field}.message`, message, "message must be non-empty if specified"));
  } else if (message?.trim().includes("\n")) {
    causes.push(invalidValue(`${field}.message`, message, "message must not contain line breaks"));
  } else if (message === undefined && text.trim().includes("\n")) {
    causes.push(required(`${field}.message`, "message must be specified if rule contains line breaks"));
  }
  if (reason !== undefined && !REASONS.includes(reason)) {
    causes.push(notSupported(`${field}.reason`, reason, REASONS));
  }
  if (fieldPath !== undefined && !/^(?:\.[^\s.[\]]+|\['[^']+'\])+$/.test(fieldPath)) {
    causes.push(invalidValue(`${field}.fieldPath`, fieldPath, "fieldPath must be a valid path"));
  }
  return causes;
}

function mistakeCauses({ mistakes }: NodeRules, field: string): Cause[] {
  return mistakes.map(({ index, member, text, value }) =>
    invalidValue(`${field}.x-kubernetes-validations[${index}].${member}`, value, text),
  );
}

function ruleCauses(rule: Rule, node: SchemaNode, place: Place, total: { cost: number }): Cause[] {
  const at = `${place.field}.rule`;
  if (rule.isTransition && !place.correlatable) {
    return [invalidValue(at, rule.text, "oldSelf cannot be used on the uncorrelatable portion of the schema")];
  }
  const cost = ruleCost(rule.program.ast, node) * place.count;
  total.cost += cost;
  return cost > RULE_LIMIT ? [fieldForbidden(at, tooExpensive("estimated rule cost", cost / RULE_LIMIT))] : [];
}
