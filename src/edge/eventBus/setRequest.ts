import { Fault } from "../../shared/kit/fault.ts";
import type { DeviceProperty } from "../../shared/model/device.ts";
import { type ValueText, wantedText } from "../../shared/model/value.ts";
import { jsonMembers } from "./jsonMembers.ts";
import { SetRefusal } from "./setResult.ts";

const MAX_ID_LENGTH = 256;

/** What an application wrote to `…/set`, before it is known what the property's type makes of it. */
export type SetRequest =
  /** An object with `value`; `literal` as written. */
  | { readonly kind: "long"; readonly id: string; readonly ttlMs?: number; readonly literal: string }
  /** An object without `value`, or what looks like one and is no JSON. */
  | { readonly kind: "object"; readonly id: string; readonly text: string; readonly problem: string }
  | { readonly kind: "bare"; readonly id: string; readonly text: string };

/** Takes a set apart. Throws SetRefusal (BadPayload, with the id if it could be read). */
export function readSet(text: string): SetRequest {
  if (!text.trimStart().startsWith("{")) return { kind: "bare", id: "", text };
  const members = jsonMembers(text);
  if (members === undefined) return { kind: "object", id: "", text, problem: "not JSON" };
  const literal = members.get("value");
  if (literal === undefined) {
    const id = members.get("id")?.startsWith('"') ? stringOf(members.get("id")) : "";
    return { kind: "object", id, text, problem: 'an object needs "value"' };
  }
  const id = readId(members);
  return { kind: "long", literal, ...readTtl(members, id), id };
}

/** `id` of a request: a string, or a number whose text is taken. */
export function readId(members: ReadonlyMap<string, string>): string {
  const literal = members.get("id");
  if (literal === undefined) return "";
  const id = stringOf(literal);
  if (!/^["\-\d]/.test(literal)) throw new SetRefusal("BadPayload", '"id" must be a string', "");
  if (id.length > MAX_ID_LENGTH) {
    throw new SetRefusal("BadPayload", `"id" must have at most ${MAX_ID_LENGTH} characters`, "");
  }
  return id;
}

/** `ttlMs` of a request: milliseconds above 0. */
export function readTtl(members: ReadonlyMap<string, string>, id: string): { readonly ttlMs?: number } {
  const literal = members.get("ttlMs");
  if (literal === undefined) return {};
  const ttlMs = Number(literal);
  if (Number.isFinite(ttlMs) && ttlMs > 0) return { ttlMs };
  throw new SetRefusal("BadPayload", '"ttlMs" must be a number of milliseconds above 0', id);
}

/** The value that a set asks for, as its property has it. Throws SetRefusal. */
export function requestedValue(request: SetRequest, property: DeviceProperty): ValueText {
  checkAccess(property, request.id);
  switch (request.kind) {
    case "long":
      return checked(textOfLiteral(request.literal, property, request.id), property, request.id);
    case "object":
      // For STRING anything but the long form is the text itself.
      if (property.type === "STRING") return checked(request.text, property, request.id);
      throw new SetRefusal("BadPayload", request.problem, request.id);
    case "bare":
      return checked(bareText(request.text, property), property, request.id);
  }
}

/** The value that a JSON literal stands for. Throws SetRefusal. */
export function valueOfLiteral(literal: string, property: DeviceProperty, id: string): ValueText {
  checkAccess(property, id);
  return checked(textOfLiteral(literal, property, id), property, id);
}

function bareText(text: string, { type }: DeviceProperty): string {
  if (type === "STRING") return text;
  const trimmed = text.trim();
  if (trimmed === "") throw new SetRefusal("BadPayload", "the payload is empty", "");
  if (trimmed.startsWith("[")) throw new SetRefusal("BadPayload", "an array is no value", "");
  return isString(trimmed) ? stringOf(trimmed) : trimmed;
}

function textOfLiteral(literal: string, { type, name }: DeviceProperty, id: string): string {
  if (isString(literal)) return stringOf(literal);
  const isScalar = /^[-\dtf]/.test(literal);
  if (isScalar && type !== "STRING" && type !== "BYTES") return literal;
  const shown = literal.length > 40 ? `${literal.slice(0, 40)}…` : literal;
  throw new SetRefusal("WrongType", `${shown} is no value for ${name}, which has type ${type}`, id);
}

function checkAccess({ accessMode, name }: DeviceProperty, id: string): void {
  if (accessMode === "ReadOnly") throw new SetRefusal("ReadOnly", `${name} can only be read`, id);
}

/** Type and range of a value. */
function checked(text: string, property: DeviceProperty, id: string): ValueText {
  try {
    return wantedText(text, property);
  } catch (error) {
    if (error instanceof Fault) throw SetRefusal.from(error, id);
    throw error;
  }
}

function isString(literal: string): boolean {
  if (!literal.startsWith('"')) return false;
  try {
    JSON.parse(literal);
    return true;
  } catch {
    return false; // a bare text that happens to begin with a quotation mark
  }
}

/** The text of a JSON string, or of another literal as it is. */
function stringOf(literal: string | undefined): string {
  return literal?.startsWith('"') ? String(JSON.parse(literal)) : (literal ?? "");
}
