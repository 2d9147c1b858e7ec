import type { JsonObject, JsonValue } from "./json.ts";
import { setValue } from "./json.ts";

/** Beyond this depth Kubernetes refuses a document too (sigs.k8s.io/json: maxNestingDepth). */
const MAX_DEPTH = 10_000;
const MAX_INT64 = 2n ** 63n - 1n;
const MIN_INT64 = -(2n ** 63n);
/** A run of digits that may be an integer beyond 2^53. */
const LONG_NUMBER = /\d{16}/;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERALS = [
  ["true", true],
  ["false", false],
  ["null", null],
] as const;

/** Reads JSON. Throws SyntaxError with the text that Go's decoder prints, because clients see it. */
export function parseJson(text: string): JsonValue {
  if (!LONG_NUMBER.test(text)) {
    try {
      return JSON.parse(text);
    } catch (error) {
      // The slow reader below finds the same mistake again and words it as Go does.
      if (!(error instanceof SyntaxError)) {
        throw error;
      }
    }
  }
  return parseStrictJson(text).value;
}

export interface StrictJson {
  readonly value: JsonValue;
  /** Texts such as `duplicate field "spec.a"`, each once, in document order. */
  readonly duplicates: readonly string[];
}

/** Reads JSON and notices members that are given twice; the last one counts, as in Go. */
export function parseStrictJson(text: string): StrictJson {
  const reader = new Reader(text);
  const value = reader.document();
  return { value, duplicates: [...reader.duplicates] };
}

class Reader {
  readonly #text: string;
  #at = 0;
  readonly duplicates = new Set<string>();

  constructor(text: string) {
    this.#text = text;
  }

  document(): JsonValue {
    const value = this.#value("", 0);
    this.#space();
    if (this.#at < this.#text.length) {
      throw this.#unexpected("after top-level value");
    }
    return value;
  }

  #value(path: string, depth: number): JsonValue {
    this.#space();
    const char = this.#text[this.#at];
    if (depth > MAX_DEPTH) {
      throw new SyntaxError("exceeded max depth");
    }
    if (char === "{") {
      return this.#object(path, depth);
    }
    if (char === "[") {
      return this.#list(path, depth);
    }
    return char === '"' ? this.#string() : this.#scalar();
  }

  #object(path: string, depth: number): JsonObject {
    const object: JsonObject = {};
    this.#at++;
    this.#space();
    if (this.#skip("}")) {
      return object;
    }
    for (;;) {
      this.#space();
      if (this.#text[this.#at] !== '"') {
        throw this.#unexpected("looking for beginning of object key string");
      }
      const key = this.#string();
      const member = path === "" ? key : `${path}.${key}`;
      if (Object.hasOwn(object, key)) {
        this.duplicates.add(`duplicate field ${JSON.stringify(member)}`);
      }
      this.#space();
      if (!this.#skip(":")) {
        throw this.#unexpected("after object key");
      }
      setValue(object, key, this.#value(member, depth + 1));
      this.#space();
      if (this.#skip("}")) {
        return object;
      }
      if (!this.#skip(",")) {
        throw this.#unexpected("after object key:value pair");
      }
    }
  }

  #list(path: string, depth: number): JsonValue[] {
    const list: JsonValue[] = [];
    this.#at++;
    this.#space();
    if (this.#skip("]")) {
      return list;
    }
    for (;;) {
      list.push(this.#value(`${path}[${list.length}]`, depth + 1));
      this.#space();
      if (this.#skip("]")) {
        return list;
      }
      if (!this.#skip(",")) {
        throw this.#unexpected("after array element");
      }
    }
  }

  #string(): string {
    const start = this.#at;
    for (let i = start + 1; ; i++) {
      const code = this.#text.charCodeAt(i);
      if (Number.isNaN(code)) {
        throw new SyntaxError("unexpected end of JSON input");
      }
      if (code === 0x5c) {
        i++;
      } else if (code === 0x22) {
        this.#at = i + 1;
        return this.#decode(start);
      } else if (code < 0x20) {
        this.#at = i;
        throw this.#unexpected("in string literal");
      }
    }
  }

  #decode(start: number): string {
    const literal = this.#text.slice(start, this.#at);
    if (!literal.includes("\\")) {
      return literal.slice(1, -1);
    }
    try {
      return JSON.parse(literal);
    } catch (cause) {
      throw new SyntaxError("invalid character in string escape code", { cause });
    }
  }

  #scalar(): JsonValue {
    const literal = LITERALS.find(([name]) => this.#text.startsWith(name, this.#at));
    if (literal !== undefined) {
      this.#at += literal[0].length;
      return literal[1];
    }
    NUMBER.lastIndex = this.#at;
    const number = NUMBER.exec(this.#text)?.[0];
    if (number === undefined) {
      throw this.#unexpected("looking for beginning of value");
    }
    this.#at += number.length;
    return numberOf(number);
  }

  #space(): void {
    for (;;) {
      const char = this.#text[this.#at];
      if (char !== " " && char !== "\n" && char !== "\t" && char !== "\r") {
        return;
      }
      this.#at++;
    }
  }

  #skip(char: string): boolean {
    if (this.#text[this.#at] !== char) {
      return false;
    }
    this.#at++;
    return true;
  }

  #unexpected(where: string): SyntaxError {
    const char = this.#text.codePointAt(this.#at);
    return char === undefined
      ? new SyntaxError("unexpected end of JSON input")
      : new SyntaxError(`invalid character ${quotedChar(String.fromCodePoint(char))} ${where}`);
  }
}

/** Go reads an integer literal within int64 exactly and everything else as float64. */
function numberOf(literal: string): number | bigint {
  const value = Number(literal);
  if (Number.isSafeInteger(value) || /[.eE]/.test(literal)) {
    return Object.is(value, -0) ? 0 : value;
  }
  const exact = BigInt(literal);
  return exact <= MAX_INT64 && exact >= MIN_INT64 ? exact : value;
}

function quotedChar(char: string): string {
  if (char === "'") {
    return "'\\''";
  }
  return char === '"' ? "'\"'" : `'${JSON.stringify(char).slice(1, -1)}'`;
}
