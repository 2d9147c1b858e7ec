import type { ModbusTable } from "../../../shared/model/modbusKeys.ts";

/** The registers and coils of one or more units. Throws ModbusException for what it does not have or take. */
export interface Bank {
  /** Bits as 0 or 1, registers as 0–65535. */
  read(unit: number, table: ModbusTable, address: number, count: number): readonly number[];
  write(unit: number, table: ModbusTable, address: number, words: readonly number[]): void;
}

export class ModbusException extends Error {
  readonly exception: number;

  constructor(exception: number) {
    super(`exception ${exception}`);
    this.exception = exception;
  }
}

const READS: Readonly<Record<number, ModbusTable>> = { 1: "coil", 2: "discrete", 3: "holding", 4: "input" };

/** The answer of a device to one request (Modbus Application Protocol V1.1b3, 6); what fails becomes an exception. */
export function answerPdu(unit: number, request: Buffer, bank: Bank): Buffer {
  const code = request[0] ?? 0;
  try {
    const table = READS[code];
    if (table !== undefined) return readAnswer(unit, request, { table, bank });
    if (code === 5 || code === 6) return writeOne(unit, request, bank);
    if (code === 15 || code === 16) return writeSeveral(unit, request, bank);
    throw new ModbusException(1);
  } catch (error) {
    return Buffer.from([code | 0x80, error instanceof ModbusException ? error.exception : 4]);
  }
}

function readAnswer(
  unit: number,
  request: Buffer,
  { table, bank }: { readonly table: ModbusTable; readonly bank: Bank },
): Buffer {
  demand(request.length === 5);
  const isBit = table === "coil" || table === "discrete";
  const [address, count] = [request.readUInt16BE(1), request.readUInt16BE(3)];
  demand(count >= 1 && count <= (isBit ? 2000 : 125));
  if (address + count > 65_536) throw new ModbusException(2);
  const words = bank.read(unit, table, address, count);
  const bytes = isBit ? packed(words) : Buffer.alloc(count * 2);
  if (!isBit) for (const [index, word] of words.entries()) bytes.writeUInt16BE(word, index * 2);
  return Buffer.concat([Buffer.from([request[0] ?? 0, bytes.length]), bytes]);
}

function writeOne(unit: number, request: Buffer, bank: Bank): Buffer {
  demand(request.length === 5);
  const value = request.readUInt16BE(3);
  if (request[0] === 5) {
    demand(value === 0 || value === 0xff00);
    bank.write(unit, "coil", request.readUInt16BE(1), [value === 0 ? 0 : 1]);
  } else {
    bank.write(unit, "holding", request.readUInt16BE(1), [value]);
  }
  return request;
}

function writeSeveral(unit: number, request: Buffer, bank: Bank): Buffer {
  demand(request.length >= 7);
  const isBit = request[0] === 15;
  const [address, count, size] = [request.readUInt16BE(1), request.readUInt16BE(3), request[5] ?? 0];
  demand(count >= 1 && count <= (isBit ? 1968 : 123));
  demand(size === (isBit ? Math.ceil(count / 8) : count * 2) && request.length === 6 + size);
  const words = Array.from({ length: count }, (_, index) =>
    isBit ? ((request[6 + (index >> 3)] ?? 0) >> (index & 7)) & 1 : request.readUInt16BE(6 + index * 2),
  );
  bank.write(unit, isBit ? "coil" : "holding", address, words);
  return request.subarray(0, 5);
}

/** Eight bits to a byte, the first in the lowest place. */
function packed(bits: readonly number[]): Buffer {
  const bytes = Buffer.alloc(Math.ceil(bits.length / 8));
  for (const [index, bit] of bits.entries()) bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (bit << (index & 7));
  return bytes;
}

function demand(isRight: boolean): void {
  if (!isRight) throw new ModbusException(3);
}
