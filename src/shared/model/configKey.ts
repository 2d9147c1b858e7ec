import { z } from "zod";
import { isAbsent } from "./protocols.ts";

/** What a key of a `configData` takes: the source of its check, of `kubectl explain` and of the error message. */
export interface KeyFacts {
  readonly kind: "integer" | "number" | "boolean" | "string";
  /** One sentence or two: meaning, unit, default. */
  readonly description: string;
  readonly example: string | number | boolean;
  readonly default?: string | number | boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  /** The words it takes, in any case. */
  readonly choices?: readonly string[];
}

type Facts = Omit<KeyFacts, "kind" | "choices">;

/** A whole number, or its text. */
export const integerKey = (facts: Facts) =>
  key({ kind: "integer", ...facts }, (value) => inRange(numberOf(value), facts, Number.isSafeInteger));

/** A number, or its text. */
export const numberKey = (facts: Facts) =>
  key({ kind: "number", ...facts }, (value) => inRange(numberOf(value), facts, Number.isFinite));

/** true or false, or its text. */
export const booleanKey = (facts: Facts) =>
  key({ kind: "boolean", ...facts }, (value) => {
    const text = String(value).toLowerCase();
    return text === "true" ? true : text === "false" ? false : undefined;
  });

/** Any text. */
export const textKey = (facts: Facts) =>
  key({ kind: "string", ...facts }, (value) => (typeof value === "string" ? value.trim() : undefined));

/** One of some words, whatever their case. */
export const choiceKey = <const Choice extends string>(choices: readonly Choice[], facts: Facts) =>
  key({ kind: "string", ...facts, choices }, (value) =>
    choices.find((choice) => choice.toLowerCase() === String(value).trim().toLowerCase()),
  );

/** The facts of each key of a `configData`, in the order in which they were written down. */
export function keyFacts(keys: z.ZodObject): Readonly<Record<string, KeyFacts>> {
  return Object.fromEntries(
    // `key` below gave every field its facts.
    Object.entries(keys.shape).map(([name, field]) => [name, (field as z.ZodType).meta()?.["facts"] as KeyFacts]),
  );
}

/** The keys of a configuration that nobody reads: kept, and named in a condition. */
export const unknownKeys = (keys: z.ZodObject, config: Readonly<Record<string, unknown>>): string[] =>
  Object.keys(config).filter((name) => !Object.hasOwn(keys.shape, name));

/** Absent stays undefined; what `read` cannot take is a problem that says what would do. */
function key<T extends string | number | boolean>(facts: KeyFacts, read: (value: unknown) => T | undefined) {
  return z
    .unknown()
    .transform((value, context): T | undefined => {
      if (isAbsent(value)) return undefined;
      const result = read(value);
      if (result !== undefined) return result;
      context.addIssue(`${shown(value)} is not ${wanted(facts)}`);
      return z.NEVER;
    })
    .optional()
    .meta({ description: facts.description, facts });
}

function numberOf(value: unknown): number {
  if (typeof value === "number") return value;
  return typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
}

function inRange(value: number, { minimum, maximum }: Facts, isRight: (value: number) => boolean): number | undefined {
  if (!isRight(value)) return undefined;
  if (minimum !== undefined && value < minimum) return undefined;
  return maximum !== undefined && value > maximum ? undefined : value;
}

function wanted({ kind, minimum, maximum, choices }: KeyFacts): string {
  if (choices !== undefined) return `one of ${choices.join(", ")}`;
  const noun = { integer: "a whole number", number: "a number", boolean: "true or false", string: "a text" }[kind];
  if (minimum === undefined && maximum === undefined) return noun;
  if (maximum === undefined) return `${noun} of at least ${minimum}`;
  return minimum === undefined ? `${noun} of at most ${maximum}` : `${noun} from ${minimum} to ${maximum}`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
