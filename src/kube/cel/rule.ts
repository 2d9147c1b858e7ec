import type { ASTNode, Environment, ParseResult } from "@marcbachmann/cel-js";
import type { JsonObject } from "../json.ts";
import { textAt } from "../json.ts";
import { compilePattern, type Pattern } from "../schema/pattern.ts";
import type { SchemaNode } from "../schema/schemaNode.ts";
import { childrenOf, mentions, operationsByDepth } from "./ast.ts";
import { type CelType, CelTypes } from "./celType.ts";
import { kubernetesEnvironment } from "./library/environment.ts";

/** One element of x-kubernetes-validations, parsed and type-checked against the schema of its node. */
export interface Rule {
  readonly text: string;
  readonly program: ParseResult;
  readonly messageProgram: ParseResult | undefined;
  readonly message: string | undefined;
  readonly reason: string;
  /** Path below the node that the cause names, such as `.minLevel`. */
  readonly fieldPath: string;
  /** Operations by depth of loops; the budget multiplies them with the sizes it finds. */
  readonly operations: readonly number[];
  /** Whether it compares with the stored object, so that it only runs on update. */
  readonly isTransition: boolean;
  readonly optionalOldSelf: boolean;
}

interface RuleMistake {
  /** Which member of the rule is wrong: `rule` or `messageExpression`. */
  readonly member: "rule" | "messageExpression";
  readonly text: string;
  readonly value: string;
}

/** The rules of one node with the types that they see. */
export interface NodeRules {
  readonly type: CelType;
  readonly rules: readonly Rule[];
  readonly mistakes: readonly (RuleMistake & { readonly index: number })[];
}

/** Compiles all rules of one node. Mistakes are collected for the validation of the CRD. */
export function compileNodeRules(node: SchemaNode, isRoot: boolean): NodeRules {
  const plain = kubernetesEnvironment();
  const type = new CelTypes(plain).typeOf(notNullable(node), isRoot);
  const withOld = plain.registerVariable("self", type.name).clone();
  const withOptional = plain.clone().registerVariable("oldSelf", `optional<${type.name}>`);
  withOld.registerVariable("oldSelf", type.name);
  const rules: Rule[] = [];
  const mistakes: (RuleMistake & { index: number })[] = [];
  for (const [index, source] of node.rules.entries()) {
    const compiled = compileRule(source, source["optionalOldSelf"] === true ? withOptional : withOld);
    if ("member" in compiled) {
      mistakes.push({ ...compiled, index });
    } else {
      rules.push(compiled);
    }
  }
  return { type, rules, mistakes };
}

/** Rules do not run on null, so the node itself may count as not nullable. */
function notNullable(node: SchemaNode): SchemaNode {
  return { ...node, nullable: false };
}

function compileRule(source: JsonObject, environment: Environment): Rule | RuleMistake {
  const text = textAt(source, "rule") ?? "";
  const program = compileExpression(environment, text, "bool");
  if (typeof program === "string") {
    return { member: "rule", text: program, value: text };
  }
  const messageText = textAt(source, "messageExpression");
  const messageProgram = messageText === undefined ? undefined : compileExpression(environment, messageText, "string");
  if (typeof messageProgram === "string") {
    return { member: "messageExpression", text: messageProgram, value: messageText ?? "" };
  }
  return {
    text,
    program,
    messageProgram,
    message: textAt(source, "message"),
    reason: textAt(source, "reason") ?? "FieldValueInvalid",
    fieldPath: textAt(source, "fieldPath") ?? "",
    operations: operationsByDepth(program.ast),
    isTransition: mentions(program.ast, "oldSelf"),
    optionalOldSelf: source["optionalOldSelf"] === true,
  };
}

/** The program, or what is wrong with the expression. */
function compileExpression(environment: Environment, text: string, wanted: "bool" | "string"): ParseResult | string {
  try {
    const program = environment.parse(text);
    const checked = program.check();
    if (!checked.valid) {
      return `compilation failed: ERROR: <input>: ${summaryOf(checked.error)}`;
    }
    if (mentions(program.ast, "cel")) {
      return "compilation failed: ERROR: <input>: undeclared reference to 'cel' (in container '')";
    }
    const pattern = patternMistake(program.ast);
    if (pattern !== undefined) {
      return `compilation failed: ERROR: <input>: ${pattern}`;
    }
    return checked.type === wanted || checked.type === "dyn"
      ? program
      : `cel expression must evaluate to a ${wanted === "bool" ? "bool" : "string"}`;
  } catch (error) {
    return `compilation failed: ERROR: <input>: ${summaryOf(error)}`;
  }
}

const MATCHERS = new Set(["matches", "find", "findAll"]);

/** What is wrong with a literal pattern in a rule; found here, so that it cannot fail later on some object. */
function patternMistake(ast: ASTNode): string | undefined {
  if (ast.op === "rcall" && MATCHERS.has(ast.args[0])) {
    const [pattern] = ast.args[2];
    const text = pattern?.op === "value" ? pattern.args : undefined;
    const compiled = typeof text === "string" ? compilePattern(text) : undefined;
    const mistake = compiled === undefined ? undefined : expressionMistake(compiled);
    if (mistake !== undefined) {
      return mistake;
    }
  }
  return childrenOf(ast)
    .map(patternMistake)
    .find((mistake) => mistake !== undefined);
}

/** cel-js matches without a limit of time, so that a pattern which may need one is refused. */
function expressionMistake(pattern: Pattern): string | undefined {
  if ("mistake" in pattern) {
    return pattern.mistake;
  }
  return pattern.isRisky
    ? "a repetition inside a repetition can take exponential time here; write the pattern without nesting"
    : undefined;
}

/** The first line of what cel-js says, without its picture of the source. */
export function summaryOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const [first = ""] = text.split("\n");
  return first.charAt(0).toLowerCase() + first.slice(1);
}
