import { z } from "zod";
import { code, table } from "./table.ts";

interface Json {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly items?: Json;
  readonly properties?: Readonly<Record<string, Json>>;
  readonly required?: readonly string[];
}

/** Every key of a configuration with its path, what it takes, its default and its description. */
export function configurationTable(schema: z.ZodType): string {
  const json = z.toJSONSchema(schema, { io: "input" }) as Json; // plain JSON Schema, of which we read a few keys
  return table(["key", "takes", "default", "meaning"], rowsOf(json, ""));
}

function rowsOf({ properties = {}, required = [] }: Json, path: string): string[][] {
  return Object.entries(properties).flatMap(([name, field]) => {
    const key = path === "" ? name : `${path}.${name}`;
    const meaning = field.description ?? "";
    if (field.properties !== undefined) return [[`**${code(key)}**`, "", "", meaning], ...rowsOf(field, key)];
    const standard = required.includes(name) ? "(required)" : code(field.default);
    return [[code(key), takes(field), standard, meaning]];
  });
}

function takes({ type = "", items, enum: choices, minimum, maximum, exclusiveMinimum }: Json): string {
  if (choices !== undefined) return choices.map(code).join(", ");
  if (type === "array") return `list of ${items?.type ?? "values"}s`;
  const from =
    minimum !== undefined ? `from ${minimum}` : exclusiveMinimum !== undefined ? `above ${exclusiveMinimum}` : "";
  const to = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? "" : `to ${maximum}`;
  return [type, from, to].filter((word) => word !== "").join(" ");
}
