import type { ASTNode } from "@marcbachmann/cel-js";
import type { SchemaNode } from "../schema/schemaNode.ts";
import { memberNode } from "../schema/schemaNode.ts";
import { childrenOf, isLoop } from "./ast.ts";

/** The bytes of the biggest request: no list or map can have more members than fit into it. */
const REQUEST_BYTES = 3 * 1024 * 1024;

/**
 * The cost of a rule in the worst case that its schema allows: one for each operation, loops times the most items that
 * the list or map can have. Like Kubernetes' estimate it tells a rule over unbounded nested lists from an affordable one;
 * it leaves out the length of strings, so that it accepts a little more.
 */
export function ruleCost(ast: ASTNode, self: SchemaNode): number {
  return costOf(ast, new Map([["self", self]]));
}

type Scope = ReadonlyMap<string, SchemaNode>;

function costOf(ast: ASTNode, scope: Scope): number {
  if (isLoop(ast) && ast.op === "rcall") {
    const [, receiver, [variable, ...body]] = ast.args;
    const inner = scopeOf(scope, variable, elementOf(nodeAt(receiver, scope)));
    const once = body.reduce((sum, each) => sum + costOf(each, inner), 1);
    return costOf(receiver, scope) + once * sizeOf(nodeAt(receiver, scope));
  }
  return childrenOf(ast).reduce((sum, child) => sum + costOf(child, scope), ast.op === "value" ? 0 : 1);
}

function scopeOf(scope: Scope, variable: ASTNode | undefined, element: SchemaNode | undefined): Scope {
  const inner = new Map(scope);
  if (variable?.op === "id") {
    if (element === undefined) {
      inner.delete(variable.args);
    } else {
      inner.set(variable.args, element);
    }
  }
  return inner;
}

/** The schema of what an expression yields, as far as it is a plain path such as `self.items[0].name`. */
function nodeAt(ast: ASTNode, scope: Scope): SchemaNode | undefined {
  switch (ast.op) {
    case "id":
      return scope.get(ast.args === "oldSelf" ? "self" : ast.args);
    case ".": {
      const parent = nodeAt(ast.args[0], scope);
      return parent === undefined ? undefined : memberNode(parent, ast.args[1]);
    }
    case "[]":
      return elementOf(nodeAt(ast.args[0], scope));
    default:
      return undefined;
  }
}

function elementOf(node: SchemaNode | undefined): SchemaNode | undefined {
  return node?.items;
}

/** An unknown collection is taken to be short: it is a literal, or made from one whose cost was counted already. */
function sizeOf(node: SchemaNode | undefined): number {
  if (node === undefined) {
    return 10;
  }
  const most = node.type === "array" ? node.limits.maxItems : node.limits.maxProperties;
  return most ?? REQUEST_BYTES / leastBytes(elementOf(node));
}

/** The shortest JSON that an element can have, with its comma. */
function leastBytes(node: SchemaNode | undefined): number {
  const required = node?.required ?? [];
  return required.reduce((sum, name) => sum + name.length + 5, 3);
}
