import type { z } from "zod";
import { type ModbusTable, modbusProtocolKeys, modbusVisitorKeys, type RawType } from "./modbusKeys.ts";

/** How one Modbus device is reached. */
export type ModbusDevice =
  | {
      readonly transport: "tcp";
      readonly host: string;
      readonly port: number;
      readonly unitId: number;
      readonly timeoutMs: number;
    }
  | { readonly transport: "rtu"; readonly serialPort: string };

/** Where one value lives in a Modbus device. */
export interface ModbusPoint {
  readonly table: ModbusTable;
  readonly address: number;
  /** Registers, or bits, that the value spans. */
  readonly count: number;
  readonly raw: RawType;
  readonly swapBytes: boolean;
  readonly swapWords: boolean;
  readonly scale: number;
  readonly valueOffset: number;
  /** What becomes of a stored number: itself, a whole number, or whether it is not 0. */
  readonly form: "number" | "int" | "boolean";
  readonly minimum?: number;
  readonly maximum?: number;
}

type ProtocolInput = z.output<typeof modbusProtocolKeys>;
type VisitorInput = z.output<typeof modbusVisitorKeys>;
type Context = { addIssue(issue: { code: "custom"; message: string; path: string[]; input: unknown }): void };

const DEFAULT_TIMEOUT_MS = 1000;
const DEFAULT_PORT = 502;
const TABLE_OF = {
  CoilRegister: "coil",
  DiscreteInputRegister: "discrete",
  InputRegister: "input",
  HoldingRegister: "holding",
} as const;
const REGISTERS = { bool: 1, int16: 1, uint16: 1, int32: 2, uint32: 2, int64: 4, uint64: 4, float32: 2, float64: 4 };

/** Reads `protocol.configData`; unknown keys are left to `unknownKeys`. */
export const modbusDevice = modbusProtocolKeys.transform((keys, context): ModbusDevice => {
  const rest = { unitId: keys.unitId ?? keys.slaveID ?? 1, timeoutMs: keys.timeoutMs ?? timeoutOf(keys.timeout) };
  if (keys.url !== undefined) return fromUrl(keys.url, rest, context);
  const serialPort = keys.serialPort ?? keys.serialName ?? "";
  const mode = keys.communicateMode ?? (keys.ip === undefined && serialPort !== "" ? "RTU" : "TCP");
  if (mode === "RTU") {
    if (serialPort === "") problem(context, "serialPort", "is needed for communicateMode RTU");
    return { transport: "rtu", serialPort };
  }
  if (keys.ip === undefined) problem(context, "ip", "is needed for communicateMode TCP (or url: tcp://host:port)");
  return { transport: "tcp", host: keys.ip ?? "", port: keys.port ?? DEFAULT_PORT, ...rest };
}) satisfies z.ZodType<ModbusDevice>;

/** Reads `visitors.configData` of one property. */
export const modbusPoint = modbusVisitorKeys.transform((keys, context): ModbusPoint => {
  const { table, address } = place(keys, context);
  const raw = table === "coil" || table === "discrete" ? bitType(keys, context) : registerType(keys, context);
  const count = raw === "string" || raw === "bytes" ? (keys.length ?? keys.limit ?? 1) : REGISTERS[raw];
  if (address + count > 65_536) problem(context, "offset", `${count} registers from ${address} go beyond 65535`);
  return {
    table,
    address,
    count,
    raw,
    ...orders(keys),
    scale: keys.scale || 1,
    valueOffset: keys.valueOffset ?? 0,
    form: formOf(keys.dataType),
    // Both 0 is how a generated manifest leaves them out.
    ...(keys.min === 0 && keys.max === 0 ? {} : { minimum: keys.min, maximum: keys.max }),
  };
}) satisfies z.ZodType<ModbusPoint>;

function place(keys: VisitorInput, context: Context): { table: ModbusTable; address: number } {
  const table = keys.table ?? (keys.register && TABLE_OF[keys.register]);
  if (table === undefined) problem(context, "register", "is needed: which table the value is in (or table)");
  const address = keys.address ?? keys.offset;
  if (address === undefined) problem(context, "offset", "is needed: the zero-based address (or address)");
  return { table: table ?? "holding", address: address ?? 0 };
}

const orders = ({ byteOrder, wordOrder, isSwap = false, isRegisterSwap = false }: VisitorInput) => ({
  swapBytes: byteOrder === undefined ? isSwap : byteOrder === "little",
  swapWords: wordOrder === undefined ? isRegisterSwap : wordOrder === "little",
});

function formOf(dataType: VisitorInput["dataType"]): ModbusPoint["form"] {
  if (dataType === "boolean" || dataType === "int") return dataType;
  return "number";
}

/** Above a day it can only be nanoseconds, as for the cycles (contract, section 4). */
function timeoutOf(timeout = 0): number {
  return Math.ceil(timeout > 86_400_000 ? timeout / 1e6 : timeout) || DEFAULT_TIMEOUT_MS;
}

function fromUrl(url: string, rest: { unitId: number; timeoutMs: number }, context: Context): ModbusDevice {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol === "rtu:") return { transport: "rtu", serialPort: parsed.pathname };
  const port = Number(parsed?.port || DEFAULT_PORT);
  if (parsed?.protocol !== "tcp:" || parsed.hostname === "" || port === 0) {
    problem(context, "url", `${JSON.stringify(url)} is not tcp://host:port`);
  }
  const host = parsed?.hostname.replace(/^\[(.*)\]$/, "$1") ?? "";
  return { transport: "tcp", host, port, ...rest };
}

function bitType({ rawType, limit }: VisitorInput, context: Context): RawType {
  if (rawType !== undefined && rawType !== "bool") {
    problem(context, "rawType", `${rawType} needs registers; a coil or discrete input is a bool`);
  }
  if (limit !== undefined && limit !== 1) problem(context, "limit", "a coil or discrete input is one bit; use 1");
  return "bool";
}

function registerType({ rawType, dataType, limit = 1 }: VisitorInput, context: Context): RawType {
  if (rawType !== undefined) return rawType;
  if (dataType === "string" || dataType === "bytes") return dataType;
  if (dataType === "float" && limit === 2) return "float32";
  if (dataType === "double" && limit === 4) return "float64";
  if (limit === 2) return "uint32";
  if (limit === 4) return "uint64";
  if (limit !== 1)
    problem(context, "limit", `${limit} registers are no number; use 1, 2 or 4, or dataType string or bytes`);
  return "uint16";
}

function problem(context: Context, key: keyof ProtocolInput | keyof VisitorInput, message: string): void {
  context.addIssue({ code: "custom", message, path: [key], input: undefined });
}
