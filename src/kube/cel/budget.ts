import type { JsonValue } from "../json.ts";
import { isObject } from "../json.ts";
import type { Rule } from "./rule.ts";

/** What Kubernetes allows: about 0.1 s for one rule, 1 s for all rules of one object (apiserver/pkg/apis/cel/config.go). */
const RULE_LIMIT = 1_000_000;
const OBJECT_LIMIT = 10_000_000;

/**
 * Bounds the work of rules. cel-js cannot be interrupted, so the cost is reckoned before a rule runs: its
 * operations, those in loops multiplied by the longest collection in the value for each loop around them. It is an upper bound; Kubernetes counts
 * exactly and may allow a little more.
 */
export class Budget {
  #left = OBJECT_LIMIT;

  /** Undefined when the rule may run, or the text of the refusal. */
  spend(rule: Rule, value: JsonValue): string | undefined {
    const cost = costOf(rule.operations, rule.operations.length === 1 ? 1 : longest(value));
    if (cost > RULE_LIMIT) {
      return `'${rule.text}': no further validation rules will be run due to call cost exceeds limit for rule: ${rule.text}`;
    }
    this.#left -= cost;
    return this.#left < 0
      ? "validation failed due to running out of cost budget, no further validation rules will be run"
      : undefined;
  }
}

function costOf(operations: readonly number[], size: number): number {
  return operations.reduce((cost, count, depth) => cost + count * Math.max(1, size) ** depth, 0);
}

/** The number of elements of the longest list or map anywhere in a value. */
function longest(value: JsonValue): number {
  const members = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
  let most = members.length;
  for (const member of members) {
    if (typeof member === "object" && member !== null) {
      most = Math.max(most, longest(member));
    }
  }
  return most;
}
