import type { JsonObject } from "./json.ts";
import { textAt } from "./json.ts";
import { labelKeyMistakes, labelValueMistakes } from "./schema/names.ts";
import { badRequest } from "./status.ts";

/** Label and field selectors (k8s.io/apimachinery/pkg/labels, pkg/fields), with their error texts. */
type LabelRequirement =
  | { readonly kind: "exists" | "absent"; readonly key: string }
  | { readonly kind: "in" | "notIn"; readonly key: string; readonly values: ReadonlySet<string> }
  | { readonly kind: "above" | "below"; readonly key: string; readonly bound: bigint };

export type LabelSelector = readonly LabelRequirement[];

/** Parses `a=b,c!=d,e in (f,g),!h,i>1`. An empty text selects everything. Throws ApiError 400. */
export function parseLabelSelector(text: string): LabelSelector {
  return new LabelParser(text).selector();
}

/** Whether labels satisfy all requirements; a label that is absent satisfies `!=` and `notin`. */
export function matchesLabels(selector: LabelSelector, labels: JsonObject | undefined): boolean {
  return selector.every((requirement) => satisfies(requirement, textAt(labels, requirement.key)));
}

function satisfies(requirement: LabelRequirement, value: string | undefined): boolean {
  switch (requirement.kind) {
    case "exists":
      return value !== undefined;
    case "absent":
      return value === undefined;
    case "in":
      return value !== undefined && requirement.values.has(value);
    case "notIn":
      return value === undefined || !requirement.values.has(value);
    case "above":
      return isInteger(value) && BigInt(value) > requirement.bound;
    case "below":
      return isInteger(value) && BigInt(value) < requirement.bound;
  }
}

function isInteger(value: string | undefined): value is string {
  return value !== undefined && /^[+-]?\d+$/.test(value);
}

const TOKEN = /\s*(?:(!=|==|=|!|>|<|\(|\)|,)|([^\s!=<>(),]+))/y;
const SYMBOLS = new Set(["!=", "==", "=", "!", ">", "<", "(", ")", ","]);
const OPERATORS = "in, notin, =, ==, !=, gt, lt";

class LabelParser {
  readonly #tokens: string[] = [];
  #at = 0;

  constructor(text: string) {
    TOKEN.lastIndex = 0;
    for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
      this.#tokens.push(match[1] ?? match[2] ?? "");
    }
  }

  selector(): LabelSelector {
    const requirements: LabelRequirement[] = [];
    if (this.#peek() === "") {
      return requirements;
    }
    for (;;) {
      const first = this.#peek();
      if (first !== "!" && SYMBOLS.has(first)) {
        throw badRequest(`found '${first}', expected: !, identifier, or 'end of string'`);
      }
      requirements.push(this.#requirement());
      const next = this.#next();
      if (next === "") {
        return requirements;
      }
      if (next !== ",") {
        throw badRequest(`found '${next}', expected: ',' or 'end of string'`);
      }
      const after = this.#peek();
      if (after !== "!" && (after === "" || SYMBOLS.has(after))) {
        throw badRequest(`found '${after}', expected: identifier after ','`);
      }
    }
  }

  #requirement(): LabelRequirement {
    const negated = this.#peek() === "!";
    if (negated) {
      this.#next();
    }
    const key = checkedKey(this.#next());
    const ends = this.#peek() === "" || this.#peek() === ",";
    if (negated || ends) {
      return { kind: negated ? "absent" : "exists", key };
    }
    return this.#comparison(key);
  }

  #comparison(key: string): LabelRequirement {
    const operator = this.#next();
    switch (operator) {
      case "=":
      case "==":
        return { kind: "in", key, values: checkedValues(key, [this.#exactValue()]) };
      case "!=":
        return { kind: "notIn", key, values: checkedValues(key, [this.#exactValue()]) };
      case "in":
        return { kind: "in", key, values: checkedValues(key, this.#values()) };
      case "notin":
        return { kind: "notIn", key, values: checkedValues(key, this.#values()) };
      case ">":
      case "gt":
        return { kind: "above", key, bound: this.#bound(key) };
      case "<":
      case "lt":
        return { kind: "below", key, bound: this.#bound(key) };
      default:
        throw unparsable(`found '${operator}', expected: ${OPERATORS}`);
    }
  }

  /** One value; `a=` and `a=,b` mean the empty value. */
  #exactValue(): string {
    const next = this.#peek();
    if (next === "" || next === ",") {
      return "";
    }
    if (SYMBOLS.has(next)) {
      throw unparsable(`found '${next}', expected: identifier`);
    }
    return this.#next();
  }

  #bound(key: string): bigint {
    const value = this.#exactValue();
    if (!isInteger(value)) {
      throw unparsable(
        `values[0][${key}]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
      );
    }
    return BigInt(value);
  }

  #values(): string[] {
    const open = this.#next();
    if (open !== "(") {
      throw unparsable(`found '${open}' expected: '('`);
    }
    const values: string[] = [];
    let value = "";
    for (;;) {
      const token = this.#next();
      if (token === "") {
        throw unparsable(`found '${token}', expected: ',' or ')'`);
      }
      if (token === "," || token === ")") {
        values.push(value);
        value = "";
      } else {
        value = token;
      }
      if (token === ")") {
        return values;
      }
    }
  }

  #peek(): string {
    return this.#tokens[this.#at] ?? "";
  }

  #next(): string {
    const token = this.#peek();
    this.#at++;
    return token;
  }
}

function checkedKey(key: string): string {
  const [mistake] = labelKeyMistakes(key);
  if (mistake !== undefined) {
    throw unparsable(`key: Invalid value: ${JSON.stringify(key)}: ${mistake}`);
  }
  return key;
}

function checkedValues(key: string, values: readonly string[]): ReadonlySet<string> {
  for (const [i, value] of values.entries()) {
    const [mistake] = labelValueMistakes(value);
    if (mistake !== undefined) {
      throw unparsable(`values[${i}][${key}]: Invalid value: ${JSON.stringify(value)}: ${mistake}`);
    }
  }
  return new Set(values);
}

function unparsable(text: string): Error {
  return badRequest(`unable to parse requirement: ${text}`);
}

interface FieldRequirement {
  readonly path: string;
  readonly equal: boolean;
  readonly value: string;
}

export type FieldSelector = readonly FieldRequirement[];

/** Parses `metadata.name=a,spec.color!=red`. `supported` tells the fields of the kind. Throws ApiError 400. */
export function parseFieldSelector(text: string, supported: (path: string) => boolean): FieldSelector {
  const requirements = splitTerms(text).map((term) => fieldRequirement(text, term));
  const unsupported = requirements.find(({ path }) => !supported(path));
  if (unsupported !== undefined) {
    throw badRequest(`field label not supported: ${unsupported.path}`);
  }
  return requirements;
}

/** Whether an object satisfies all requirements; `fieldValue` answers "" for a field that is absent. */
export function matchesFields(selector: FieldSelector, fieldValue: (path: string) => string): boolean {
  return selector.every(({ path, equal, value }) => (fieldValue(path) === value) === equal);
}

/** Commas part the terms unless escaped. */
function splitTerms(text: string): string[] {
  return (text.match(/(?:\\[\s\S]|[^,\\])+/g) ?? []).filter((term) => term !== "");
}

function fieldRequirement(selector: string, term: string): FieldRequirement {
  const match = /^((?:\\[\s\S]|[^\\=!])*)(!=|==|=)((?:\\[\s\S]|[^\\])*)$/.exec(term);
  if (match === null) {
    throw badRequest(`invalid selector: '${selector}'; can't understand '${term}'`);
  }
  const [, path = "", operator, value = ""] = match;
  return { path, equal: operator !== "!=", value: value.replaceAll(/\\([\\,=])/g, "$1") };
}
