import { parseDocument, stringify } from "yaml";
import type { JsonValue } from "../json.ts";

/** As sigs.k8s.io/yaml writes it: keys sorted, lists not indented, JSON's types only. */
export function yamlText(value: JsonValue): string {
  return stringify(value, {
    version: "1.1",
    sortMapEntries: true,
    indentSeq: false,
    lineWidth: 80,
    aliasDuplicateObjects: false,
    defaultStringType: "PLAIN",
  });
}

/** Reads YAML into JSON's types; integers beyond 2^53 stay exact. Throws SyntaxError. */
export function parseYaml(text: string): JsonValue {
  const document = parseDocument(text, { version: "1.1", intAsBigInt: true, schema: "yaml-1.1" });
  const [error] = document.errors;
  if (error) throw new SyntaxError(error.message.split("\n", 1)[0]);
  return fromYaml(document.toJS({ maxAliasCount: 100 }));
}

function fromYaml(value: unknown): JsonValue {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(fromYaml);
  if (typeof value !== "object" || value === null) {
    return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
  }
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, fromYaml(member)]));
}
