import { Ajv, type ErrorObject } from "ajv";
import { z } from "zod";
import { Fault } from "../kit/fault.ts";

/** Text or a parsed message to its type, or `data.malformed` naming the path of the first problem. */
export interface Check<T> {
  /** JSON text; `data.tooLarge` beyond `maxBytes` if that was given. */
  text(text: string): T;
  value(value: unknown): T;
}

/**
 * One schema, written in zod for its types, compiled by ajv for the hot path (0.1 µs against 2 µs for a twin of
 * 20 properties). Compiled on first use, since a process needs only some of the messages.
 */
export function compileCheck<T>(schema: z.ZodType<T>, what: string, maxBytes?: number): Check<T> {
  let validate: ReturnType<typeof compile> | undefined;
  const value = (input: unknown): T => {
    validate ??= compile(schema);
    if (validate(input)) return input as T; // ajv has just said so
    throw new Fault("data.malformed", `${what}: ${problemOf(validate.errors)}`);
  };
  return {
    value,
    text(text) {
      if (maxBytes !== undefined && text.length > maxBytes) {
        throw new Fault("data.tooLarge", `${what}: ${text.length} characters, at most ${maxBytes} are taken`);
      }
      let parsed: unknown;
      try {
        parsed = JSON.parse(text);
      } catch (cause) {
        throw new Fault("data.malformed", `${what}: not JSON`, { cause });
      }
      return value(parsed);
    },
  };
}

function compile(schema: z.ZodType) {
  const ajv = new Ajv({ strict: false, discriminator: false, allErrors: false });
  return ajv.compile(z.toJSONSchema(schema, { target: "draft-7", io: "input" }));
}

/** The deepest problem: of a union's alternatives the one that got furthest is the one that was meant. */
function problemOf(errors: readonly ErrorObject[] | null | undefined): string {
  const deepest = [...(errors ?? [])].sort((a, b) => b.instancePath.length - a.instancePath.length)[0];
  if (deepest === undefined) return "does not fit its schema";
  return `${deepest.instancePath || "(root)"} ${deepest.message ?? "is wrong"}`;
}
