import { type Document, isMap, parseDocument, stringify } from "yaml";
import { Fault } from "./fault.ts";

/** YAML as people read it: long texts stay on one line, nothing is an alias. */
export const formatYaml = (value: unknown): string => stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });

/**
 * Sets top-level keys in a YAML text and leaves everything else as a person wrote it, comments included; undefined
 * leaves a key alone. `config.invalid` if the text is not a YAML mapping; `source` names it.
 */
export function setInYaml(text: string, changes: Readonly<Record<string, unknown>>, source: string): string {
  const document = parse(text, source);
  for (const [key, value] of Object.entries(changes)) {
    if (value !== undefined) document.set(key, document.createNode(value));
  }
  return document.toString();
}

/** What a YAML mapping says at its top level; an empty text says nothing. `config.invalid` as above. */
export function readYaml(text: string, source: string): Readonly<Record<string, unknown>> {
  return parse(text, source).toJS() as Record<string, unknown>; // a mapping with string keys, as parse has seen
}

function parse(text: string, source: string): Document {
  const document: Document = parseDocument(text);
  const [syntax] = document.errors;
  if (syntax) throw new Fault("config.invalid", `${source}: not YAML: ${syntax.message.split("\n", 1)[0]}`);
  if (document.contents === null) document.contents = document.createNode({});
  if (!isMap(document.contents)) throw new Fault("config.invalid", `${source}: must be a mapping of keys to values`);
  return document;
}
