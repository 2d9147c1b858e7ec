import type { Environment } from "@marcbachmann/cel-js";
import { isObject } from "../../json.ts";
import { compilePattern } from "../../schema/pattern.ts";

/** Strings and regular expressions: charAt, replace, format, strings.quote, find, findAll. */
export function addStrings(environment: Environment): Environment {
  class Strings {}
  return environment
    .registerType("StringsNamespace", Strings)
    .registerConstant("strings", "StringsNamespace", new Strings())
    .registerFunction("StringsNamespace.quote(string): string", (_: unknown, text: string) => JSON.stringify(text))
    .registerFunction("string.charAt(int): string", charAt)
    .registerFunction("string.replace(string, string): string", (text: string, from: string, to: string) =>
      text.replaceAll(from, () => to),
    )
    .registerFunction("string.replace(string, string, int): string", replaceFirst)
    .registerFunction("string.format(list): string", format)
    .registerFunction(
      "string.find(string): string",
      (text: string, pattern: string) => expression(pattern, "").exec(text)?.[0] ?? "",
    )
    .registerFunction("string.findAll(string): list<string>", (text: string, pattern: string) => all(text, pattern))
    .registerFunction("string.findAll(string, int): list<string>", (text: string, pattern: string, limit: bigint) =>
      limit < 0n ? all(text, pattern) : all(text, pattern).slice(0, Number(limit)),
    );
}

function charAt(text: string, at: bigint): string {
  const chars = [...text];
  if (at < 0n || at > BigInt(chars.length)) {
    throw new Error(`index out of range: ${at}`);
  }
  return chars[Number(at)] ?? "";
}

function replaceFirst(text: string, from: string, to: string, count: bigint): string {
  if (count < 0n) {
    return text.replaceAll(from, () => to);
  }
  const parts = text.split(from);
  const head = parts.slice(0, Number(count) + 1).join(to);
  return [head, ...parts.slice(Number(count) + 1)].join(from);
}

function expression(pattern: string, flags: string): RegExp {
  const compiled = compilePattern(pattern);
  if ("mistake" in compiled) {
    throw new Error(compiled.mistake);
  }
  return new RegExp(compiled.expression.source, compiled.expression.flags + flags);
}

function all(text: string, pattern: string): string[] {
  return [...text.matchAll(expression(pattern, "g"))].map(([match]) => match);
}

const VERB = /%(?:\.(\d+))?([sdfebxXo%])/g;

/** The verbs of CEL's format: %s %d %f %e %b %x %X %o, with a precision for %f and %e. */
function format(pattern: string, values: readonly unknown[]): string {
  let next = 0;
  return pattern.replaceAll(VERB, (_, precision: string | undefined, verb: string) => {
    if (verb === "%") {
      return "%";
    }
    if (next >= values.length) {
      throw new Error(`index ${next} out of range`);
    }
    return formatValue(values[next++], verb, Number(precision ?? 6));
  });
}

function formatValue(value: unknown, verb: string, precision: number): string {
  switch (verb) {
    case "d":
      return integerOf(value).toString();
    case "b":
      return typeof value === "boolean" ? String(Number(value)) : integerOf(value).toString(2);
    case "o":
      return integerOf(value).toString(8);
    case "x":
      return hex(value);
    case "X":
      return hex(value).toUpperCase();
    case "f":
      return Number(value).toFixed(precision);
    case "e":
      return Number(value)
        .toExponential(precision)
        .replace(/e([+-])(\d)$/, "e$10$2");
    default:
      return textOf(value);
  }
}

function integerOf(value: unknown): bigint {
  if (typeof value !== "bigint") {
    throw new Error("only integers can be formatted this way");
  }
  return value;
}

function hex(value: unknown): string {
  return typeof value === "string" ? Buffer.from(value).toString("hex") : integerOf(value).toString(16);
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) {
    return `[${value.map(textOf).join(", ")}]`;
  }
  if (value instanceof Date) {
    return value.toISOString().replace(".000Z", "Z");
  }
  const entries = value instanceof Map ? [...value] : isObject(value) ? Object.entries(value) : undefined;
  if (entries !== undefined) {
    const members = entries.map(([key, member]) => `${key}: ${textOf(member)}`).sort();
    return `{${members.join(", ")}}`;
  }
  return String(value);
}
