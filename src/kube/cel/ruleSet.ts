import { Optional } from "@marcbachmann/cel-js";
import type { JsonObject, JsonValue } from "../json.ts";
import { isObject, ownValue, sameJson } from "../json.ts";
import { duplicate, fieldForbidden, invalidValue, required } from "../schema/causes.ts";
import type { SchemaNode } from "../schema/schemaNode.ts";
import { memberNode } from "../schema/schemaNode.ts";
import { join, oldItemOf } from "../schema/validateValue.ts";
import type { Cause } from "../status.ts";
import { Budget } from "./budget.ts";
import { compileNodeRules, type NodeRules, type Rule, summaryOf } from "./rule.ts";

/** All x-kubernetes-validations of a schema, ready to judge objects (apiextensions-apiserver pkg/apiserver/schema/cel). */
export interface CompiledRules {
  readonly isEmpty: boolean;
  /** Transition rules run only with `old`; rules of parts that did not change are skipped (ratcheting). */
  evaluate(object: JsonObject, old: JsonObject | undefined): Cause[];
}

export function compileRules(root: SchemaNode): CompiledRules {
  const compiled = new Map<SchemaNode, NodeRules>();
  const bearing = new Set<SchemaNode>();
  collect(root, root, compiled, bearing);
  return {
    isEmpty: compiled.size === 0,
    evaluate(object, old) {
      return new Evaluation(compiled, bearing).run({ value: object, old, path: "", node: root });
    },
  };
}

/** Compiles the rules below a node and marks the nodes that have any at or below them, so that walks skip the rest. */
function collect(
  node: SchemaNode,
  root: SchemaNode,
  compiled: Map<SchemaNode, NodeRules>,
  bearing: Set<SchemaNode>,
): boolean {
  let found = false;
  if (node.rules.length > 0) {
    compiled.set(node, compileNodeRules(node, node === root));
    found = true;
  }
  const below = [...node.properties.values(), node.items, node.additional];
  for (const child of below) {
    if (typeof child === "object" && collect(child, root, compiled, bearing)) {
      found = true;
    }
  }
  if (found) {
    bearing.add(node);
  }
  return found;
}

interface Step {
  readonly value: JsonValue | undefined;
  /** What stood there before; undefined on create and where an item cannot be matched up. */
  readonly old: JsonValue | undefined;
  readonly path: string;
  readonly node: SchemaNode;
}

class Evaluation {
  readonly #compiled: ReadonlyMap<SchemaNode, NodeRules>;
  readonly #bearing: ReadonlySet<SchemaNode>;
  readonly #budget = new Budget();

  constructor(compiled: ReadonlyMap<SchemaNode, NodeRules>, bearing: ReadonlySet<SchemaNode>) {
    this.#compiled = compiled;
    this.#bearing = bearing;
  }

  run(step: Step): Cause[] {
    if (step.value === undefined || step.value === null || !this.#bearing.has(step.node)) {
      return [];
    }
    const rules = this.#compiled.get(step.node);
    return [...(rules === undefined ? [] : this.#judge(step, rules)), ...this.#below(step)];
  }

  #below({ value, old, path, node }: Step): Cause[] {
    if (Array.isArray(value) && node.items !== undefined) {
      const { items } = node;
      const before = oldItemOf(old, node);
      return value.flatMap((item, i) =>
        this.run({ value: item, old: before(item), path: `${path}[${i}]`, node: items }),
      );
    }
    if (!isObject(value)) {
      return [];
    }
    return Object.entries(value).flatMap(([name, member]) => {
      const below = memberNode(node, name);
      const before = isObject(old) ? ownValue(old, name) : undefined;
      return below === undefined ? [] : this.run({ value: member, old: before, path: join(path, name), node: below });
    });
  }

  #judge(step: Step, { type, rules }: NodeRules): Cause[] {
    const value = step.value ?? null;
    const unchanged = step.old !== undefined && sameJson(value, step.old);
    const runs = rules.filter((rule) =>
      rule.isTransition ? step.old !== undefined || rule.optionalOldSelf : !unchanged,
    );
    if (runs.length === 0) {
      return [];
    }
    const self = type.convert(value);
    const oldSelf = step.old === undefined || step.old === null ? undefined : type.convert(step.old);
    return runs.flatMap((rule) => {
      const before = rule.optionalOldSelf ? (oldSelf === undefined ? Optional.none() : Optional.of(oldSelf)) : oldSelf;
      return this.#apply(rule, { self, oldSelf: before }, step);
    });
  }

  #apply(rule: Rule, variables: Readonly<Record<string, unknown>>, step: Step): Cause[] {
    const field = fieldOf(step.path, rule);
    const type = step.node.type ?? "";
    const refusal = this.#budget.spend(rule, step.value ?? null);
    if (refusal !== undefined) {
      return [invalidValue(field, type, refusal)];
    }
    try {
      return rule.program(variables) === true ? [] : [causeOf(rule, field, type, messageOf(rule, variables))];
    } catch (error) {
      const text = rule.message ?? rule.text;
      return [invalidValue(field, type, `${summaryOf(error)} evaluating rule: ${text}`)];
    }
  }
}

function fieldOf(path: string, rule: Rule): string {
  return path === "" ? rule.fieldPath.replace(/^\./, "") : `${path}${rule.fieldPath}`;
}

/** A message is one line of at most 5 KiB; a messageExpression that fails falls back to message, then to the rule. */
function messageOf(rule: Rule, variables: Readonly<Record<string, unknown>>): string {
  const fallback = rule.message ?? `failed rule: ${rule.text}`;
  if (rule.messageProgram === undefined) {
    return fallback;
  }
  try {
    const text: unknown = rule.messageProgram(variables);
    const usable = typeof text === "string" && text.trim() !== "" && !text.includes("\n") && text.length <= 5120;
    return usable ? text : fallback;
  } catch {
    // A message that cannot be made must not hide that the rule failed.
    return fallback;
  }
}

function causeOf(rule: Rule, field: string, type: string, text: string): Cause {
  switch (rule.reason) {
    case "FieldValueForbidden":
      return fieldForbidden(field, text);
    case "FieldValueRequired":
      return required(field, text);
    case "FieldValueDuplicate":
      return duplicate(field, type);
    default:
      return invalidValue(field, type, text);
  }
}
