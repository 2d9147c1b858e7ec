import type { ASTNode } from "@marcbachmann/cel-js";
import type { JsonValue } from "../json.ts";
import { isObject } from "../json.ts";
import { childrenOf, type Rule } from "./rule.ts";

/** What Kubernetes allows: about 0.1 s for one rule, 1 s for all rules of one object (apiserver/pkg/apis/cel/config.go). */
const RULE_LIMIT = 1_000_000;
const OBJECT_LIMIT = 10_000_000;
const LOOPS = new Set(["all", "exists", "exists_one", "map", "filter"]);

/**
 * Bounds the work of rules. cel-js cannot be interrupted, so the cost is reckoned before a rule runs: the nodes of the
 * expression, each loop multiplied by the longest collection in the value. It is an upper bound; Kubernetes counts
 * exactly and may allow a little more.
 */
export class Budget {
  #left = OBJECT_LIMIT;

  /** Undefined when the rule may run, or the text of the refusal. */
  spend(rule: Rule, value: JsonValue): string | undefined {
    const cost = costOf(rule.program.ast, longest(value));
    if (cost > RULE_LIMIT) {
      return `'${rule.text}': no further validation rules will be run due to call cost exceeds limit for rule: ${rule.text}`;
    }
    this.#left -= cost;
    return this.#left < 0
      ? "validation failed due to running out of cost budget, no further validation rules will be run"
      : undefined;
  }
}

function costOf(ast: ASTNode, size: number): number {
  const children = childrenOf(ast).reduce((sum, child) => sum + costOf(child, size), 0);
  return 1 + children * (isLoop(ast) ? Math.max(1, size) : 1);
}

/** A macro call such as `self.items.all(x, …)`. */
export function isLoop(ast: ASTNode): boolean {
  return ast.op === "rcall" && LOOPS.has(ast.args[0]);
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
