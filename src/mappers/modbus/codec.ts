import { Fault } from "../../shared/kit/fault.ts";
import type { ModbusPoint } from "../../shared/model/modbusDialect.ts";
import type { RawType } from "../../shared/model/modbusKeys.ts";
import type { Value } from "../../shared/model/value.ts";
import { scaled, unscaled } from "./scaling.ts";

type IntegerType = Extract<RawType, `int${string}` | `uint${string}`>;

/** Registers (0–65535) or bits (0 or 1) to a value; `words` holds exactly what the point spans. */
export function decode(words: readonly number[], point: ModbusPoint): Value {
  const { raw } = point;
  switch (raw) {
    case "bool":
      return words[0] !== 0;
    case "bytes":
      return new Uint8Array(bytesOf(words, point));
    case "string":
      return textOf(bytesOf(words, point));
    case "float32":
      return formed(scaledFloat(bytesOf(words, point).readFloatBE(), point), point);
    case "float64":
      return formed(scaledFloat(bytesOf(words, point).readDoubleBE(), point), point);
    case "int16":
    case "uint16":
    case "int32":
    case "uint32":
    case "int64":
    case "uint64":
      return formed(scaled(integerOf(bytesOf(words, point), raw), point), point);
  }
}

/**
 * A value to the registers or bits that hold it, rounded to the point's resolution. Throws `data.outOfRange` for what
 * does not fit, `data.wrongType` for what is no such value.
 */
export function encode(value: Value, point: ModbusPoint): readonly number[] {
  const { raw, count } = point;
  switch (raw) {
    case "bool":
      return [truthOf(value) ? 1 : 0];
    case "bytes":
      return wordsOf(padded(octetsOf(value), count), point);
    case "string":
      return wordsOf(padded(Buffer.from(writable(value), "utf8"), count), point);
    case "float32":
    case "float64":
      return wordsOf(floatBytes(unscaledFloat(numberOf(value), point), raw), point);
    case "int16":
    case "uint16":
    case "int32":
    case "uint32":
    case "int64":
    case "uint64":
      return wordsOf(integerBytes(unscaled(numberOf(value), point), raw), point);
  }
}

/** What the device will show once it holds the value; also the check of the point's own limits. */
export function nearestValue(value: Value, point: ModbusPoint): Value {
  const { minimum, maximum } = point;
  if (typeof value === "bigint" || typeof value === "number") {
    if (minimum !== undefined && value < minimum) throw outOfRange(`${value} is below the visitor's min ${minimum}`);
    if (maximum !== undefined && value > maximum) throw outOfRange(`${value} is above the visitor's max ${maximum}`);
  }
  return decode(encode(value, point), point);
}

function bytesOf(words: readonly number[], { swapWords, swapBytes }: ModbusPoint): Buffer {
  const bytes = Buffer.allocUnsafe(words.length * 2);
  const last = words.length - 1;
  for (const [index, word] of words.entries()) bytes.writeUInt16BE(word, (swapWords ? last - index : index) * 2);
  return swapBytes ? bytes.swap16() : bytes;
}

function wordsOf(bytes: Buffer, { swapWords, swapBytes }: ModbusPoint): number[] {
  const ordered = swapBytes ? Buffer.from(bytes).swap16() : bytes;
  const words = Array.from({ length: ordered.length / 2 }, (_, index) => ordered.readUInt16BE(index * 2));
  return swapWords ? words.reverse() : words;
}

const sizeOf = (raw: IntegerType): number => Number(raw.replace(/\D+/, ""));

function integerOf(bytes: Buffer, raw: IntegerType): bigint {
  const size = sizeOf(raw);
  const unsigned = size === 64 ? bytes.readBigUInt64BE() : BigInt(bytes.readUIntBE(0, size / 8));
  return raw.startsWith("u") ? unsigned : BigInt.asIntN(size, unsigned);
}

function integerBytes(stored: bigint, raw: IntegerType): Buffer {
  const size = sizeOf(raw);
  const kept = raw.startsWith("u") ? BigInt.asUintN(size, stored) : BigInt.asIntN(size, stored);
  if (kept !== stored) throw outOfRange(`the device stores ${raw}, which cannot hold ${stored}`);
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigUInt64BE(BigInt.asUintN(64, stored));
  return bytes.subarray(8 - size / 8);
}

/** NaN says that there is no value; scaling leaves it so. */
function scaledFloat(stored: number, { scale, valueOffset }: ModbusPoint): number {
  return scale === 1 && valueOffset === 0 ? stored : stored * scale + valueOffset;
}

function unscaledFloat(value: bigint | number, { scale, valueOffset }: ModbusPoint): number {
  return scale === 1 && valueOffset === 0 ? Number(value) : (Number(value) - valueOffset) / scale;
}

function floatBytes(stored: number, raw: "float32" | "float64"): Buffer {
  const kept = raw === "float32" ? Math.fround(stored) : stored;
  if (!Number.isFinite(kept)) throw outOfRange(`the device stores ${raw}, which cannot hold ${stored}`);
  const bytes = Buffer.allocUnsafe(raw === "float32" ? 4 : 8);
  if (raw === "float32") bytes.writeFloatBE(kept);
  else bytes.writeDoubleBE(kept);
  return bytes;
}

function formed(value: bigint | number, { form }: ModbusPoint): Value {
  if (form === "boolean") return value !== 0 && value !== 0n;
  return form === "int" && typeof value === "number" && Number.isFinite(value) ? BigInt(Math.round(value)) : value;
}

/** Devices pad with NUL; what is no UTF-8 is Latin-1, as older devices write it. */
function textOf(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  const text = end < 0 ? bytes : bytes.subarray(0, end);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(text);
  } catch {
    return text.toString("latin1"); // not UTF-8
  }
}

function writable(value: Value): string {
  if (value instanceof Uint8Array) throw wrongType("bytes are no text");
  const text = String(value);
  if (text.includes("\0") || Buffer.from(text, "utf8").toString("utf8") !== text) {
    throw wrongType("a text with NUL characters or half surrogate pairs cannot be written");
  }
  return text;
}

function padded(bytes: Buffer, registers: number): Buffer {
  if (bytes.length > registers * 2) {
    throw outOfRange(`${bytes.length} bytes do not fit into ${registers} registers`);
  }
  return Buffer.concat([bytes], registers * 2);
}

function octetsOf(value: Value): Buffer {
  if (!(value instanceof Uint8Array)) throw wrongType(`${String(value)} is not bytes`);
  return Buffer.from(value);
}

function truthOf(value: Value): boolean {
  const text = value instanceof Uint8Array ? "" : String(value);
  if (text === "true" || text === "1") return true;
  if (text === "false" || text === "0") return false;
  throw outOfRange(`the device stores one bit, which cannot hold ${text}`);
}

function numberOf(value: Value): bigint | number {
  if (typeof value === "bigint" || typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1n : 0n;
  const text = value instanceof Uint8Array ? "" : value.trim();
  if (/^[+-]?\d+$/.test(text)) return BigInt(text.replace(/^\+/, ""));
  const number = text === "" ? Number.NaN : Number(text);
  if (!Number.isFinite(number)) throw wrongType("the device stores a number, and this is none");
  return number;
}

const outOfRange = (message: string): Fault => new Fault("data.outOfRange", message);
const wrongType = (message: string): Fault => new Fault("data.wrongType", message);
