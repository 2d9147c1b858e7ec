import type { JsonValue } from "../json.ts";
import { isObject, sameJson } from "../json.ts";

/**
 * The JSONPath of printer columns (k8s.io/client-go/util/jsonpath): `.a.b`, `['a']`, `[0]`, `[-1]`, `[1:3]`, `[*]`, `.*`,
 * `..a`, and filters such as `[?(@.type=="Ready")]`.
 */
type Step =
  | { readonly kind: "member"; readonly name: string }
  | { readonly kind: "descend"; readonly name: string }
  | { readonly kind: "all" }
  | { readonly kind: "slice"; readonly start: number; readonly end: number | undefined; readonly step: number }
  | { readonly kind: "index"; readonly at: number }
  | { readonly kind: "filter"; readonly path: JsonPath; readonly operator: string; readonly operand: Operand };

type Operand = { readonly path: JsonPath } | { readonly value: JsonValue } | undefined;
export type JsonPath = readonly Step[];

const MEMBER = /^\.((?:\\.|[^.[\]\\])+)/;
const BRACKET =
  /^\[\s*(?:'((?:\\.|[^'])*)'|"((?:\\.|[^"])*)"|(\*)|(-?\d+)|(-?\d*):(-?\d*)(?::(-?\d+))?|\?\((.*?)\))\s*\]/;
const COMPARISON = /^\s*@((?:\.[^\s=!<>]+|\[[^\]]*\])*)\s*(?:(==|!=|<=|>=|<|>)\s*(.+?)\s*)?$/;

/** Parses a path; undefined when it is none. */
export function parseJsonPath(text: string): JsonPath | undefined {
  const steps: Step[] = [];
  let rest = text.startsWith("$") ? text.slice(1) : text;
  while (rest !== "") {
    const parsed = parseStep(rest);
    if (parsed === undefined) {
      return undefined;
    }
    steps.push(parsed.step);
    rest = rest.slice(parsed.length);
  }
  return steps;
}

interface Parsed {
  readonly step: Step;
  readonly length: number;
}

function parseStep(text: string): Parsed | undefined {
  const bracket = BRACKET.exec(text);
  if (bracket !== null) {
    const step = bracketStep(bracket);
    return step === undefined ? undefined : { step, length: bracket[0].length };
  }
  if (text.startsWith(".*")) {
    return { step: { kind: "all" }, length: 2 };
  }
  const descend = text.startsWith("..");
  const member = MEMBER.exec(descend ? text.slice(1) : text);
  if (member === null) {
    return undefined;
  }
  const name = (member[1] ?? "").replaceAll(/\\(.)/g, "$1");
  return { step: { kind: descend ? "descend" : "member", name }, length: member[0].length + (descend ? 1 : 0) };
}

function bracketStep(match: RegExpExecArray): Step | undefined {
  const [, single, double, all, index, start, end, step, filter] = match;
  const name = single ?? double;
  if (name !== undefined) {
    return { kind: "member", name: name.replaceAll(/\\(.)/g, "$1") };
  }
  if (all !== undefined) {
    return { kind: "all" };
  }
  if (index !== undefined) {
    return { kind: "index", at: Number(index) };
  }
  if (filter !== undefined) {
    return filterStep(filter);
  }
  return {
    kind: "slice",
    start: Number(start ?? 0),
    end: end === undefined || end === "" ? undefined : Number(end),
    step: Number(step ?? 1),
  };
}

function filterStep(text: string): Step | undefined {
  const match = COMPARISON.exec(text);
  const path = parseJsonPath(match?.[1] ?? "");
  if (match === null || path === undefined) {
    return undefined;
  }
  const [, , operator = "exists", right] = match;
  const operand = right === undefined ? undefined : operandOf(right);
  return { kind: "filter", path, operator, operand };
}

function operandOf(text: string): Operand {
  const quoted = /^(?:"(.*)"|'(.*)')$/.exec(text);
  if (quoted !== null) {
    return { value: quoted[1] ?? quoted[2] ?? "" };
  }
  if (text.startsWith("@")) {
    return { path: parseJsonPath(text.slice(1)) ?? [] };
  }
  if (text === "true" || text === "false") {
    return { value: text === "true" };
  }
  return Number.isNaN(Number(text)) ? { value: text } : { value: Number(text) };
}

/** All values that a path finds, in order; none when something on the way is missing. */
export function findAll(root: JsonValue, path: JsonPath): JsonValue[] {
  let values = [root];
  for (const step of path) {
    values = values.flatMap((value) => take(value, step));
  }
  return values;
}

function take(value: JsonValue, step: Step): JsonValue[] {
  switch (step.kind) {
    case "member":
      return memberOf(value, step.name);
    case "descend":
      return descend(value, step.name);
    case "all":
      return childrenOf(value);
    case "index":
      return present(Array.isArray(value) ? value.at(step.at) : undefined);
    case "slice":
      return slice(value, step.start, step.end).filter((_, i) => i % Math.max(1, step.step) === 0);
    case "filter":
      return Array.isArray(value) ? value.filter((item) => keeps(item, step)) : [];
  }
}

function memberOf(value: JsonValue, name: string): JsonValue[] {
  return isObject(value) && Object.hasOwn(value, name) ? present(value[name]) : [];
}

function present(value: JsonValue | undefined): JsonValue[] {
  return value === undefined ? [] : [value];
}

function childrenOf(value: JsonValue): JsonValue[] {
  if (Array.isArray(value)) {
    return value;
  }
  return isObject(value) ? Object.values(value).flatMap(present) : [];
}

function descend(value: JsonValue, name: string): JsonValue[] {
  return [...memberOf(value, name), ...childrenOf(value).flatMap((child) => descend(child, name))];
}

function slice(value: JsonValue, start: number, end: number | undefined): JsonValue[] {
  return Array.isArray(value) ? value.slice(start, end) : [];
}

function keeps(item: JsonValue, filter: Extract<Step, { kind: "filter" }>): boolean {
  const [left] = findAll(item, filter.path);
  if (filter.operand === undefined) {
    return left !== undefined;
  }
  const right = "path" in filter.operand ? findAll(item, filter.operand.path)[0] : filter.operand.value;
  return left !== undefined && right !== undefined && compare(left, filter.operator, right);
}

function compare(left: JsonValue, operator: string, right: JsonValue): boolean {
  switch (operator) {
    case "==":
      return sameJson(left, right);
    case "!=":
      return !sameJson(left, right);
    default:
      return ordered(left, right) && inOrder(left, operator, right);
  }
}

type Ordered = string | number | bigint;

function ordered(left: JsonValue, right: JsonValue): boolean {
  const isText = typeof left === "string";
  return isText === (typeof right === "string") && typeof left !== "object" && typeof right !== "object";
}

function inOrder(a: JsonValue, operator: string, b: JsonValue): boolean {
  const [left, right] = [orderOf(a), orderOf(b)];
  switch (operator) {
    case "<":
      return left < right;
    case "<=":
      return left <= right;
    case ">":
      return left > right;
    default:
      return left >= right;
  }
}

function orderOf(value: JsonValue): Ordered {
  return typeof value === "boolean" ? Number(value) : typeof value === "object" ? 0 : value;
}
