import { readFile } from "node:fs/promises";
import type { z } from "zod";
import { Fault, textOf } from "./fault.ts";
import { isAbsent } from "./wholeFile.ts";
import { readYaml } from "./yaml.ts";

export type Schema<T> = z.ZodType<T>;

/** Checks what is already parsed, for instance a file with flags laid over it. */
export function checkConfig<T>(schema: Schema<T>, input: unknown, source: string): T {
  const result = schema.safeParse(input, {
    error: ({ code, input: value }) => (code === "invalid_type" && value === undefined ? "is missing" : undefined),
  });
  if (result.success) return result.data;
  const problems = problemsOf(result.error);
  throw new Fault("config.invalid", `${source}: ${problems.join("; ")}`, { details: { source, problems } });
}

/** One line per problem: `path: message`. */
export function problemsOf(error: z.ZodError): string[] {
  return error.issues.map((issue) => `${issue.path.join(".") || "(root)"}: ${issue.message}`);
}

/** Reads and checks a configuration file, with `overrides` laid over it. Throws `config.missing`, `config.invalid`. */
export async function readConfig<T>(
  schema: Schema<T>,
  path: string,
  { overrides = {} }: { readonly overrides?: Settings } = {},
): Promise<T> {
  return checkConfig(schema, layOver(await readSettings(path), overrides), path);
}

type Settings = Readonly<Record<string, unknown>>;

/** What a configuration file says, not checked yet. Throws `config.missing`, `config.invalid`. */
export async function readSettings(path: string): Promise<Settings> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    const code = isAbsent(cause) ? "config.missing" : "config.invalid";
    throw new Fault(code, `cannot read the configuration ${path}: ${textOf(cause)}`, { cause });
  }
  return readYaml(text, path);
}

/** `over` wins key by key, at every depth; undefined leaves what is there. */
export function layOver(base: Settings, over: Settings): Record<string, unknown> {
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
