import { readFile } from "node:fs/promises";
import { parseDocument } from "yaml";
import type { z } from "zod";
import { Fault, textOf } from "./fault.ts";

export type Schema<T> = z.ZodType<T>;

/** Checks what is already parsed, for instance a file with flags laid over it. */
export function checkConfig<T>(schema: Schema<T>, input: unknown, source: string): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const problems = problemsOf(result.error);
  throw new Fault("config.invalid", `${source}: ${problems.join("; ")}`, { details: { source, problems } });
}

/** One line per problem: `path: message`. */
export function problemsOf(error: z.ZodError): string[] {
  return error.issues.map((issue) => `${issue.path.join(".") || "(root)"}: ${issue.message}`);
}

/** Reads and checks a configuration file; a missing one is `config.missing` unless `optional`, which reads as empty. */
export async function readConfig<T>(
  schema: Schema<T>,
  path: string,
  { optional = false, overrides = {} }: { optional?: boolean; overrides?: Record<string, unknown> } = {},
): Promise<T> {
  let text = "";
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    if (!missing || !optional) {
      throw new Fault(missing ? "config.missing" : "config.invalid", `cannot read ${path}: ${textOf(cause)}`, {
        cause,
      });
    }
  }
  const document = parseDocument(text);
  const [syntax] = document.errors;
  if (syntax) throw new Fault("config.invalid", `${path}: not YAML: ${syntax.message.split("\n", 1)[0]}`);
  return checkConfig(schema, layOver((document.toJS() ?? {}) as Record<string, unknown>, overrides), path);
}

/** `over` wins key by key, at every depth; undefined leaves what is there. */
export function layOver(base: Record<string, unknown>, over: Record<string, unknown>): Record<string, unknown> {
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined) continue;
    result[key] = isPlain(value) && isPlain(result[key]) ? layOver(result[key], value) : value;
  }
  return result;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
