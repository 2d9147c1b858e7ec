import { type JsonObject, type JsonValue, objectAt, textAt } from "../json.ts";
import { badMediaType, badRequest } from "../status.ts";
import { type FieldType, MESSAGES, type Message, ROOTS } from "./messages.ts";
import { ProtoReader, type WireField } from "./reader.ts";

/** Every body begins with these four bytes (k8s.io/apimachinery/pkg/runtime/serializer/protobuf). */
const MAGIC = Buffer.from("k8s\0", "latin1");

/**
 * The object in a protobuf body, as JSON would have said it: `k8s\0`, then runtime.Unknown around the message.
 * Throws ApiError: 400 for bytes that are no such thing, 415 for kinds that are not read in this form.
 */
export function decodeProtobuf(body: Buffer): JsonObject {
  if (!body.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw badRequest("provided data does not appear to be a protobuf message, expected prefix k8s\\x00");
  }
  try {
    const fields = readFields(body.subarray(MAGIC.length));
    const type = objectAt(objectOf(fields, MESSAGES["Unknown"] ?? {}), "typeMeta");
    const apiVersion = textAt(type, "apiVersion") ?? "";
    const kind = textAt(type, "kind") ?? "";
    const root = ROOTS[`${apiVersion}/${kind}`];
    if (!root) {
      throw badMediaType(`${kind} (${apiVersion}) is not read in protobuf; send application/json`);
    }
    const raw = fields.find(({ number }) => number === 2)?.bytes ?? Buffer.alloc(0);
    return { kind, apiVersion, ...objectOf(readFields(raw), root) };
  } catch (error) {
    if (error instanceof RangeError) throw badRequest(`the protobuf message ends too early: ${error.message}`);
    throw error;
  }
}

function readFields(bytes: Buffer): WireField[] {
  return [...new ProtoReader(bytes).fields()];
}

function objectOf(fields: readonly WireField[], message: Message): JsonObject {
  const object: JsonObject = {};
  for (const field of fields) {
    const [name, type] = message[field.number] ?? [];
    if (name === undefined || type === undefined) continue;
    const value = memberOf(field, type, object[name]);
    if (value !== undefined) object[name] = value;
  }
  return object;
}

/** The member's value with this field in it; undefined for what Go writes and JSON leaves out. */
function memberOf(field: WireField, type: FieldType, before: JsonValue | undefined): JsonValue | undefined {
  switch (type.kind) {
    case "text":
      return field.bytes.toString("utf8") || undefined;
    case "bytes":
      return field.bytes.toString("base64") || undefined;
    case "flag":
      return field.integer !== 0n;
    case "integer":
      return Number(BigInt.asIntN(64, field.integer));
    case "time":
      return timeOf(field.bytes);
    case "texts":
      return [...listOf(before), field.bytes.toString("utf8")];
    case "textMap":
      return withEntry(before, field.bytes, (bytes) => bytes.toString("utf8"));
    case "bytesMap":
      return withEntry(before, field.bytes, (bytes) => bytes.toString("base64"));
    case "message":
      return objectOf(readFields(field.bytes), MESSAGES[type.message] ?? {});
    case "messages":
      return [...listOf(before), objectOf(readFields(field.bytes), MESSAGES[type.message] ?? {})];
  }
}

const listOf = (value: JsonValue | undefined): JsonValue[] => (Array.isArray(value) ? value : []);

/** A map is a list of entries with key 1 and value 2. */
function withEntry(before: JsonValue | undefined, entry: Buffer, read: (bytes: Buffer) => string): JsonObject {
  const fields = readFields(entry);
  const at = (number: number) => fields.find((field) => field.number === number)?.bytes ?? Buffer.alloc(0);
  const map = typeof before === "object" && before !== null && !Array.isArray(before) ? before : {};
  return { ...map, [at(1).toString("utf8")]: read(at(2)) };
}

/** meta/v1 Time: seconds in field 1; an empty message is no time. */
function timeOf(bytes: Buffer): string | undefined {
  const seconds = readFields(bytes).find(({ number }) => number === 1)?.integer;
  if (seconds === undefined) return undefined;
  return `${new Date(Number(BigInt.asIntN(64, seconds)) * 1000).toISOString().slice(0, 19)}Z`;
}
