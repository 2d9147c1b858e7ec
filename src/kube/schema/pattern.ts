import { createContext, Script } from "node:vm";

/** A pattern of Go's RE2, as JavaScript can run it, or what is wrong with it in Go's words. */
export type Pattern = CompiledPattern | { readonly mistake: string };

interface CompiledPattern {
  readonly expression: RegExp;
  /** Whether JavaScript, which backtracks where RE2 does not, could take exponential time on some text. */
  readonly isRisky: boolean;
  /** Never takes longer than a moment: a risky pattern that does not come to an end does not match. */
  matches(text: string): boolean;
}

/** `(?i)` and friends at the start become flags; POSIX classes, \A, \z, \Q…\E and named groups are rewritten. */
export function compilePattern(pattern: string): Pattern {
  const head = /^\(\?([imsU]+)\)/.exec(pattern);
  const flags = (head?.[1] ?? "").replaceAll("U", "");
  const source = toJavaScript(head === null ? pattern : pattern.slice(head[0].length));
  try {
    return compiled(new RegExp(source, [...new Set(`u${flags}`)].join("")));
  } catch {
    // The u flag refuses escapes such as \- that RE2 accepts; without it they mean the character.
    return compileLoosely(source, pattern, flags);
  }
}

function compileLoosely(source: string, pattern: string, flags: string): Pattern {
  try {
    return compiled(new RegExp(source, flags));
  } catch (error) {
    return { mistake: goText(pattern, error) };
  }
}

function compiled(expression: RegExp): CompiledPattern {
  const isRisky = hasNestedQuantifier(expression.source);
  const matches = (text: string) => (isRisky ? testWithin(expression, text) : expression.test(text));
  return { expression, isRisky, matches };
}

/** Long enough for any honest match of a value that fits into a request. */
const MATCH_TIMEOUT_MS = 100;
const TEST = new Script("expression.test(text)");
/** One for all matches: to make a context takes a millisecond. Nothing stays in it. */
const SANDBOX = createContext({ expression: /^/, text: "" });

/** Runs a risky expression where it can be interrupted. */
function testWithin(expression: RegExp, text: string): boolean {
  try {
    Object.assign(SANDBOX, { expression, text });
    return TEST.runInContext(SANDBOX, { timeout: MATCH_TIMEOUT_MS }) === true;
  } catch {
    // The only thing that such a script can throw is its timeout.
    return false;
  }
}

const POSIX: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  digit: "0-9",
  lower: "a-z",
  upper: "A-Z",
  space: "\\t\\n\\v\\f\\r ",
  punct: "!-\\/:-@\\[-`{-~",
  xdigit: "0-9A-Fa-f",
  word: "0-9A-Za-z_",
};

function toJavaScript(pattern: string): string {
  return pattern
    .replaceAll(/\[:(\w+):\]/g, (whole, name: string) => POSIX[name] ?? whole)
    .replaceAll(/\\Q([\s\S]*?)(?:\\E|$)/g, (_, text: string) => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&"))
    .replaceAll("\\A", "^")
    .replaceAll("\\z", "$")
    .replaceAll("(?P<", "(?<");
}

/** The words of Go's regexp package for the mistakes that people make most. */
function goText(pattern: string, error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const where = (part: string) => `error parsing regexp: ${part}`;
  if (/Unterminated character class|Lone quantifier brackets/.test(text)) {
    return where(`missing closing ]: \`${pattern.slice(pattern.lastIndexOf("["))}\``);
  }
  if (text.includes("Unterminated group")) {
    return where(`missing closing ): \`${pattern}\``);
  }
  if (text.includes("Unmatched ')'")) {
    return where(`unexpected ): \`${pattern}\``);
  }
  if (text.includes("Nothing to repeat")) {
    return where(`missing argument to repetition operator: \`${/[*+?]/.exec(pattern)?.[0] ?? "*"}\``);
  }
  return where(text.replace(/^Invalid regular expression: /, ""));
}

/** Stands for a class of characters while the shape of a pattern is judged. */
const ANY = "·";
const FIXED_START = /^[^()|*+?{·][^*+?{]/u;
/** One character, or a choice of fixed words as in `([0-9]+(ms|s|m))+`. */
const FIXED_END = /(?:[^()|*+?}·]|\((?:\?:)?[^()*+?{·]*\))$/u;

/** Whether an unbounded repetition contains another one, such as `(a+)+`. */
function hasNestedQuantifier(source: string): boolean {
  const open: boolean[] = [];
  let inner = false;
  const plain = source
    .replaceAll(/\\[dDwWsSpP]/g, ANY)
    .replaceAll(/\\[\s\S]/g, "x")
    .replaceAll(/\[[^\]]*\]/g, ANY)
    .replaceAll(".", ANY);
  for (let i = 0; i < plain.length; i++) {
    const char = plain[i];
    if (char === "(") {
      open.push(inner);
      inner = false;
    } else if (char === ")") {
      const repeats = isUnbounded(plain, i + 1);
      if (repeats && inner && !hasFixedEdge(plain, i)) {
        return true;
      }
      inner = (open.pop() ?? false) || inner || repeats;
    } else if (isUnbounded(plain, i) && char !== "{") {
      inner = true;
    }
  }
  return false;
}

function isUnbounded(text: string, at: number): boolean {
  return text[at] === "*" || text[at] === "+" || /^\{\d+,\}/.test(text.slice(at, at + 12));
}

/**
 * A group whose first or last part is one fixed character, as in `(\.[a-z]+)*`, cannot match the same text in many ways:
 * each round is anchored by that character.
 */
function hasFixedEdge(text: string, close: number): boolean {
  let depth = 0;
  for (let i = close; i >= 0; i--) {
    depth += text[i] === ")" ? 1 : text[i] === "(" ? -1 : 0;
    if (depth === 0) {
      const body = text.slice(i + 1, close).replace(/^\?:/, "");
      return FIXED_START.test(body) || FIXED_END.test(body);
    }
  }
  return false;
}
