import type { ASTNode } from "@marcbachmann/cel-js";

const LOOPS = new Set(["all", "exists", "exists_one", "map", "filter"]);

/** A macro call such as `self.items.all(x, …)`. */
export function isLoop(ast: ASTNode): boolean {
  return ast.op === "rcall" && LOOPS.has(ast.args[0]);
}

/** The operands of a node that are expressions themselves. */
export function childrenOf(ast: ASTNode): ASTNode[] {
  const operands: unknown[] = Array.isArray(ast.args) ? ast.args : [ast.args];
  return operands.flat(2).filter(isAst);
}

function isAst(value: unknown): value is ASTNode {
  return typeof value === "object" && value !== null && "op" in value && "args" in value;
}

/** Whether an expression mentions a variable. */
export function mentions(ast: ASTNode, name: string): boolean {
  return (ast.op === "id" && ast.args === name) || childrenOf(ast).some((child) => mentions(child, name));
}

/** How many operations stand outside of loops, in one loop, in a loop in a loop, and so on. */
export function operationsByDepth(ast: ASTNode): number[] {
  const counts: number[] = [];
  count(ast, 0, counts);
  return counts;
}

function count(ast: ASTNode, depth: number, counts: number[]): void {
  counts[depth] = (counts[depth] ?? 0) + 1;
  const below = isLoop(ast) ? depth + 1 : depth;
  for (const child of childrenOf(ast)) {
    count(child, below, counts);
  }
}
