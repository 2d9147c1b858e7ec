import { type Document, isMap, parseDocument, stringify } from "yaml";
import { Fault } from "./fault.ts";

/** YAML as people read it: long texts stay on one line, nothing is an alias. */
export const formatYaml = (value: unknown): string => stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });

/**
 * Sets top-level keys in a YAML text and leaves everything else as a person wrote it, comments included; undefined
 * leaves a key alone. `config.invalid` if the text is not a YAML mapping; `source` names it.
 */
export function setInYaml(text: string, changes: Readonly<Record<string, unknown>>, source: string): string {
  const document: Document = parseDocument(text);
  const [syntax] = document.errors;
  if (syntax) throw new Fault("config.invalid", `${source}: not YAML: ${syntax.message.split("\n", 1)[0]}`);
  if (document.contents === null) document.contents = document.createNode({});
  if (!isMap(document.contents)) throw new Fault("config.invalid", `${source}: must be a mapping of keys to values`);
  for (const [key, value] of Object.entries(changes)) {
    if (value !== undefined) document.set(key, document.createNode(value));
  }
  return document.toString();
}

/** What a YAML text says at its top level; nothing if it is empty or no mapping. */
export function readYaml(text: string): Readonly<Record<string, unknown>> {
  const value: unknown = parseDocument(text).toJS();
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}
