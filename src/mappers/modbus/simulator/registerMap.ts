import type { ModbusPoint } from "../../../shared/model/modbusDialect.ts";
import type { ModbusTable, RawType } from "../../../shared/model/modbusKeys.ts";

/** One value of the simulated pump: what its manual would say. */
export interface PumpRegister {
  readonly table: ModbusTable;
  readonly address: number;
  readonly rawType: RawType;
  /** Registers, for a string. */
  readonly length?: number;
  readonly scale?: number;
  readonly unit?: string;
  readonly description: string;
  /** Least and greatest value that may be written; absent: cannot be written. */
  readonly writable?: readonly [number, number] | "text";
}

/**
 * The register map of `edgeloom sim modbus`: each unit is one pump. The input registers are there a second time as
 * holding registers from 100 on, as many devices have them. Every other address is answered with exception 2,
 * a written value outside its range with exception 3, an unknown unit with exception 11.
 */
export const PUMP_REGISTERS = {
  run: { table: "coil", address: 0, rawType: "bool", writable: [0, 1], description: "run command" },
  resetAlarm: {
    table: "coil",
    address: 1,
    rawType: "bool",
    writable: [0, 1],
    description: "acknowledges the alarm; falls back by itself",
  },
  running: { table: "discrete", address: 0, rawType: "bool", description: "the shaft turns" },
  alarm: {
    table: "discrete",
    address: 1,
    rawType: "bool",
    description: "the temperature limit was passed; stays until reset",
  },
  speed: { table: "input", address: 0, rawType: "uint16", unit: "rpm", description: "speed of the shaft" },
  temperature: {
    table: "input",
    address: 1,
    rawType: "int16",
    scale: 0.1,
    unit: "Cel",
    description: "temperature of the motor",
  },
  flow: { table: "input", address: 2, rawType: "float32", unit: "m3/h", description: "flow" },
  pressure: {
    table: "input",
    address: 4,
    rawType: "uint16",
    scale: 0.01,
    unit: "bar",
    description: "pressure at the outlet",
  },
  power: { table: "input", address: 5, rawType: "uint16", unit: "W", description: "electric power" },
  operatingSeconds: {
    table: "input",
    address: 6,
    rawType: "uint32",
    unit: "s",
    description: "time that the pump has run",
  },
  energy: { table: "input", address: 8, rawType: "uint64", unit: "W.s", description: "energy used" },
  starts: { table: "input", address: 12, rawType: "uint16", description: "how often the pump was started" },
  speedSetpoint: {
    table: "holding",
    address: 0,
    rawType: "uint16",
    unit: "rpm",
    writable: [0, 3000],
    description: "speed wanted while it runs",
  },
  temperatureLimit: {
    table: "holding",
    address: 1,
    rawType: "int16",
    scale: 0.1,
    unit: "Cel",
    writable: [-40, 150],
    description: "above this the pump stops with an alarm",
  },
  pressureTrim: {
    table: "holding",
    address: 2,
    rawType: "float32",
    unit: "bar",
    writable: [-10, 10],
    description: "added to the pressure shown",
  },
  tag: {
    table: "holding",
    address: 10,
    rawType: "string",
    length: 8,
    writable: "text",
    description: "name of the pump, up to 16 bytes",
  },
} as const satisfies Readonly<Record<string, PumpRegister>>;

export type PumpRegisterName = keyof typeof PUMP_REGISTERS;

/** Where the input registers are repeated as holding registers. */
export const MIRROR_ADDRESS = 100;

/** Where a value of the pump lives, as the codec takes it. */
export function pumpPoint(register: PumpRegister): ModbusPoint {
  const words = { bool: 1, int16: 1, uint16: 1, int32: 2, uint32: 2, int64: 4, uint64: 4, float32: 2, float64: 4 };
  const { table, address, rawType } = register;
  return {
    table,
    address,
    count: rawType === "string" || rawType === "bytes" ? (register.length ?? 1) : words[rawType],
    raw: rawType,
    swapBytes: false,
    swapWords: false,
    scale: register.scale ?? 1,
    valueOffset: 0,
    form: "number",
  };
}
