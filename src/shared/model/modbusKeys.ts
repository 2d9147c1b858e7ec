import { z } from "zod";
import { booleanKey, choiceKey, integerKey, numberKey, textKey } from "./configKey.ts";

export const RAW_TYPES = [
  "bool",
  "int16",
  "uint16",
  "int32",
  "uint32",
  "int64",
  "uint64",
  "float32",
  "float64",
  "string",
  "bytes",
] as const;
export type RawType = (typeof RAW_TYPES)[number];

const TABLES = ["coil", "discrete", "input", "holding"] as const;
export type ModbusTable = (typeof TABLES)[number];

const ORDERS = ["big", "little"] as const;

/**
 * `Device.spec.protocol.configData` as manifests write it: KubeEdge's keys, and clearer ones of ours under the same
 * roof, which win where both are there. Numbers and booleans may be texts, "" is absent. With protocolName modbus.
 */
export const modbusProtocolKeys = z.object({
  url: textKey({
    description:
      "Where the device is: tcp://host:port (port 502 if left out). Instead of communicateMode, ip and port.",
    example: "tcp://192.168.0.10:502",
  }),
  unitId: integerKey({
    description:
      "Unit identifier of the device on its line; 255 or 1 for most devices that have a line of their own. Same as slaveID.",
    minimum: 0,
    maximum: 255,
    default: 1,
    example: 1,
  }),
  timeoutMs: integerKey({
    description: "How long to wait for an answer, in milliseconds, before the connection is given up.",
    minimum: 1,
    maximum: 600_000,
    default: 1000,
    example: 1000,
  }),
  communicateMode: choiceKey(["TCP", "RTU"], {
    description:
      "KubeEdge: TCP over a network or RTU on a serial line; without it, TCP where ip or a tcp url is given.",
    example: "TCP",
  }),
  ip: textKey({ description: "KubeEdge: address or host name of a Modbus TCP device.", example: "192.168.0.10" }),
  port: integerKey({
    description: "KubeEdge: TCP port.",
    minimum: 1,
    maximum: 65_535,
    default: 502,
    example: 502,
  }),
  slaveID: integerKey({
    description: "KubeEdge: unit identifier of the device on its line. Same as unitId.",
    minimum: 0,
    maximum: 255,
    default: 1,
    example: 1,
  }),
  timeout: numberKey({
    description:
      "KubeEdge: how long to wait for an answer, in milliseconds (above 86400000: nanoseconds). Same as timeoutMs.",
    minimum: 0,
    default: 1000,
    example: 1000,
  }),
  serialPort: textKey({
    description: "KubeEdge: serial port of an RTU line. Same as serialName.",
    example: "/dev/ttyS0",
  }),
  serialName: textKey({
    description: "KubeEdge: serial port of an RTU line. Same as serialPort.",
    example: "/dev/ttyUSB0",
  }),
  baudRate: integerKey({
    description: "Speed of an RTU line, bit/s.",
    minimum: 50,
    maximum: 4_000_000,
    default: 9600,
    example: 9600,
  }),
  dataBits: integerKey({
    description: "Data bits per character of an RTU line.",
    minimum: 5,
    maximum: 8,
    default: 8,
    example: 8,
  }),
  parity: choiceKey(["none", "even", "odd"], {
    description: "Parity of an RTU line.",
    default: "none",
    example: "even",
  }),
  stopBits: integerKey({
    description: "Stop bits per character of an RTU line.",
    minimum: 1,
    maximum: 2,
    default: 1,
    example: 1,
  }),
  rs485Enabled: booleanKey({ description: "KubeEdge: the RTU line is RS-485.", default: false, example: true }),
});

/** `properties[].visitors.configData` with protocolName modbus. */
export const modbusVisitorKeys = z.object({
  table: choiceKey(TABLES, {
    description:
      "Which of the four tables the value is in: coil, discrete (inputs), input or holding (registers). Same as register.",
    example: "holding",
  }),
  address: integerKey({
    description:
      "Zero-based address in its table, as in the protocol: 40001 in a manual is mostly holding 0. Same as offset.",
    minimum: 0,
    maximum: 65_535,
    example: 0,
  }),
  rawType: choiceKey(RAW_TYPES, {
    description:
      "What the device stores: its size, sign and form. Wins over limit and dataType. Without both: uint16, bool for bits.",
    example: "float32",
  }),
  length: integerKey({
    description: "How many registers a string or bytes value spans.",
    minimum: 1,
    maximum: 123,
    example: 8,
  }),
  byteOrder: choiceKey(ORDERS, {
    description: "Order of the two bytes of each register: big as the protocol says, or little. Wins over isSwap.",
    default: "big",
    example: "big",
  }),
  wordOrder: choiceKey(ORDERS, {
    description: "Order of the registers of a value: big (most significant first) or little. Wins over isRegisterSwap.",
    default: "big",
    example: "little",
  }),
  scale: numberKey({
    description:
      "The value is the stored number times this, plus valueOffset; 0 means 1. In the unit of the property per count.",
    default: 1,
    example: 0.1,
  }),
  valueOffset: numberKey({
    description: "Added to the scaled number, in the unit of the property.",
    default: 0,
    example: -40,
  }),
  min: numberKey({ description: "Least value that may be written, in the unit of the property.", example: 0 }),
  max: numberKey({ description: "Greatest value that may be written, in the unit of the property.", example: 100 }),
  register: choiceKey(["CoilRegister", "DiscreteInputRegister", "InputRegister", "HoldingRegister"], {
    description: "KubeEdge: which of the four tables the value is in. Same as table.",
    example: "HoldingRegister",
  }),
  offset: integerKey({
    description: "KubeEdge: zero-based address in its table. Same as address; for a sum, see valueOffset.",
    minimum: 0,
    maximum: 65_535,
    example: 2,
  }),
  limit: integerKey({
    description:
      "KubeEdge: how many registers: 1, 2 or 4 for an unsigned integer (float with 2, double with 4), any number for string and bytes.",
    minimum: 1,
    maximum: 123,
    default: 1,
    example: 1,
  }),
  isSwap: booleanKey({
    description: "KubeEdge: swap the bytes of each register. Same as byteOrder: little.",
    default: false,
    example: true,
  }),
  isRegisterSwap: booleanKey({
    description: "KubeEdge: reverse the registers of a value. Same as wordOrder: little.",
    default: false,
    example: true,
  }),
  dataType: choiceKey(["int", "float", "double", "string", "boolean", "bytes"], {
    description:
      "KubeEdge: the form of the result. float with limit 2 and double with limit 4 are IEEE 754; otherwise the number is an unsigned integer.",
    example: "float",
  }),
});
