import type { z } from "zod";
import { type KeyFacts, keyFacts } from "../configKey.ts";
import { BUILT_IN_PROTOCOLS } from "../protocols.ts";
import type { CelRule } from "./schema.ts";

/**
 * The keys that a built-in protocol reads from a `configData`, as a CRD describes and checks them. The rules speak only
 * where the protocol's name is given, so that the same words may mean something else to another protocol.
 */
export interface KnownKeys {
  readonly protocol: string;
  readonly keys: z.ZodObject;
}

/** One field of a structural schema. */
export type KeySchema = Readonly<Record<string, unknown>>;

// Patterns rather than an enum, which would refuse the null that YAML makes of a key without a value.
const BOOLEAN_TEXT = "^([Tt]rue|TRUE|[Ff]alse|FALSE)?$";
const NUMBER_TEXT = "^ *([+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?)? *$";
const DIGITS = "['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']";
const LONGEST_NUMBER = 18;

/** `configData.properties`: each key with its description, for kubectl explain; other keys are kept beside them. */
export function keyProperties({ protocol, keys }: KnownKeys): Readonly<Record<string, KeySchema>> {
  const entries = Object.entries(keyFacts(keys));
  return Object.fromEntries(entries.map(([name, facts]) => [name, keySchema(protocol, name, facts)]));
}

/**
 * One rule per key. `gate` is CEL that is true where the keys are this protocol's, `config` the CEL path of the
 * configData, and `fieldPath` the same for the error; both relative to where the rules are attached.
 */
export function keyRules(
  { keys }: KnownKeys,
  { gate, config, fieldPath }: { readonly gate: string; readonly config: string; readonly fieldPath: string },
): CelRule[] {
  return checks(keys).map(({ name, holds, message }) => ({
    // The gate costs most, and most keys are absent.
    rule: `!has(${config}) || !has(${config}.${name}) || !(${gate}) || ${holds(config)}`,
    message,
    fieldPath: `${fieldPath}.${name}`,
  }));
}

/**
 * The same for visitors without a protocolName, which inherit it from beside `properties`. No error path can name an
 * entry of a list from there, so the text names the first property that is wrong.
 */
export function inheritedKeyRules({ keys }: KnownKeys, gate: string): CelRule[] {
  const config = "p.visitors.configData";
  const own = "(has(p.visitors.protocolName) && p.visitors.protocolName != '')";
  return checks(keys).map(({ name, holds, message }) => {
    const isRight = `!has(p.visitors) || ${own} || !has(${config}) || !has(${config}.${name}) || ${holds(config)}`;
    const firstWrong = `self.properties.filter(p, !(${isRight})).map(p, p.name)[0]`;
    return {
      rule: `!(${gate}) || !has(self.properties) || self.properties.all(p, ${isRight})`,
      message: `${message} (in visitors.configData of a property)`,
      messageExpression: `'visitors.configData of property %s: ${celText(message)}'.format([${firstWrong}])`,
      fieldPath: ".properties",
    };
  });
}

/** CEL: whether the text at `name` is the protocol's name or one of its aliases, in any case. */
export function isNamed(protocol: string, name: string): string {
  const aliases = BUILT_IN_PROTOCOLS.find((one) => one.name === protocol)?.aliases ?? [];
  return `${name}.lowerAscii() in ${celList([protocol, ...aliases])}`;
}

interface Check {
  readonly name: string;
  readonly holds: (config: string) => string;
  readonly message: string;
}

function checks(keys: z.ZodObject): Check[] {
  return Object.entries(keyFacts(keys)).flatMap(([name, facts]) => {
    const holds = celCheck(facts);
    if (holds === undefined) return [];
    const message = `${name} must be ${wanted(facts)}, such as ${JSON.stringify(facts.example)}`;
    return [{ name, holds: (config) => `(${holds(`${config}.${name}`)})`, message }];
  });
}

/** CEL that is true if the value at `x` will do; undefined where the schema alone checks, since CEL cannot see it. */
function celCheck(facts: KeyFacts): ((x: string) => string) | undefined {
  if (isTypeless(facts)) return undefined;
  if (facts.choices !== undefined) {
    const words = celList(["", ...facts.choices.flatMap(spellings)]);
    return (x) => `type(${x}) == string ? ${x} in ${words} : ${x} == null`;
  }
  if (facts.kind === "string") return (x) => `type(${x}) == string || ${x} == null`;
  return (x) =>
    `type(${x}) == string ? ${x} == '' || ${isDigits(x, facts)} && ${inRange(`int(${x})`, facts)} : type(${x}) != int || ${inRange(x, facts)}`;
}

/**
 * CEL counts the cost of `matches` with the longest text that a request could hold, since nothing bounds the text of
 * an int-or-string; over a thousand properties a cluster would refuse the rule. Looking at each character is cheap,
 * and cheaper written out than as a loop.
 */
function isDigits(x: string, { maximum }: KeyFacts): string {
  const length = maximum === undefined ? LONGEST_NUMBER : String(maximum).length;
  const places = Array.from({ length }, (_, place) => `(size(${x}) <= ${place} || ${x}.charAt(${place}) in ${DIGITS})`);
  return [`size(${x}) <= ${length}`, ...places].join(" && ");
}

function inRange(x: string, { minimum, maximum }: KeyFacts): string {
  const bounds = [
    ...(minimum === undefined ? [] : [`${x} >= ${minimum}`]),
    ...(maximum === undefined ? [] : [`${x} <= ${maximum}`]),
  ];
  return bounds.length === 0 ? "true" : bounds.join(" && ");
}

/** Booleans and fractions have no type that CEL sees and that also takes their text. */
const isTypeless = ({ kind, minimum }: KeyFacts): boolean =>
  kind === "boolean" || (kind === "number" && minimum === undefined);

function keySchema(protocol: string, name: string, facts: KeyFacts): KeySchema {
  const description = `${protocol}: ${facts.description} ${capitalised(wanted(facts))}${
    facts.default === undefined ? "" : `, default ${facts.default}`
  }. Example: ${name}: ${facts.example}`;
  const common = { description, nullable: true };
  if (!isTypeless(facts)) return { ...common, "x-kubernetes-int-or-string": true };
  return {
    ...common,
    "x-kubernetes-preserve-unknown-fields": true,
    pattern: facts.kind === "boolean" ? BOOLEAN_TEXT : NUMBER_TEXT,
  };
}

function wanted({ kind, minimum, maximum, choices }: KeyFacts): string {
  if (choices !== undefined) return `one of ${choices.join(", ")}`;
  if (kind === "boolean") return "true or false";
  if (kind === "string") return "a text";
  const noun = kind === "integer" || minimum !== undefined ? "a whole number" : "a number";
  if (minimum === undefined || maximum === undefined) return minimum === undefined ? noun : `${noun} from ${minimum}`;
  return `${noun} from ${minimum} to ${maximum}`;
}

/** How people write a word whose case does not matter. */
const spellings = (word: string): string[] => [
  ...new Set([
    word,
    word.toLowerCase(),
    word.toUpperCase(),
    capitalised(word),
    capitalised(word.toLowerCase()),
    `${word.slice(0, 1).toLowerCase()}${word.slice(1)}`,
  ]),
];

const capitalised = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;

/** For use between single quotes in a format. */
const celText = (text: string): string => text.replaceAll("%", "%%").replaceAll("\\", "\\\\").replaceAll("'", "\\'");

const celList = (words: readonly string[]): string => `[${words.map((word) => `'${word}'`).join(", ")}]`;
