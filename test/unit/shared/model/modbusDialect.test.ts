import { describe, expect, test } from "vitest";
import { problemsOf } from "../../../../src/shared/kit/config.ts";
import { keyFacts, unknownKeys } from "../../../../src/shared/model/configKey.ts";
import { modbusDevice, modbusPoint } from "../../../../src/shared/model/modbusDialect.ts";
import { modbusProtocolKeys, modbusVisitorKeys } from "../../../../src/shared/model/modbusKeys.ts";
import { hasAddress, protocolOf } from "../../../../src/shared/model/protocols.ts";

const problems = (schema: typeof modbusDevice | typeof modbusPoint, input: object): string[] => {
  const result = schema.safeParse(input);
  return result.success ? [] : problemsOf(result.error);
};
const point = (input: object) => modbusPoint.parse({ register: "HoldingRegister", offset: 0, ...input });

describe("protocol.configData", () => {
  test("KubeEdge's keys are read with numbers as texts and blanks as absent", () => {
    expect(
      modbusDevice.parse({
        communicateMode: "TCP",
        ip: "10.0.0.5",
        port: "5502",
        slaveID: "3",
        timeout: "",
        baudRate: "",
      }),
    ).toEqual({ transport: "tcp", host: "10.0.0.5", port: 5502, unitId: 3, timeoutMs: 1000 });
  });

  test("our keys win where both are there", () => {
    expect(
      modbusDevice.parse({ url: "tcp://plc:1502", ip: "x", port: 1, slaveID: 9, unitId: 2, timeout: 5, timeoutMs: 80 }),
    ).toEqual({
      transport: "tcp",
      host: "plc",
      port: 1502,
      unitId: 2,
      timeoutMs: 80,
    });
  });

  test("an IPv6 url and the default port are understood", () => {
    expect(modbusDevice.parse({ url: "tcp://[::1]" })).toMatchObject({ host: "::1", port: 502, unitId: 1 });
  });

  test("a timeout of a day and more is nanoseconds", () => {
    expect(modbusDevice.parse({ ip: "a", timeout: 2_000_000_000 })).toMatchObject({ timeoutMs: 2000 });
  });

  test("a serial port alone is a serial line", () => {
    expect(modbusDevice.parse({ serialName: "/dev/ttyS0", baudRate: 9600 })).toEqual({
      transport: "rtu",
      serialPort: "/dev/ttyS0",
    });
  });

  test("every problem is named with its key and what would do", () => {
    expect(
      problems(modbusDevice, { communicateMode: "UDP", ip: "a", port: 70_000, slaveID: "one", parity: "mark" }),
    ).toEqual([
      'communicateMode: "UDP" is not one of TCP, RTU',
      "port: 70000 is not a whole number from 1 to 65535",
      'slaveID: "one" is not a whole number from 0 to 255',
      'parity: "mark" is not one of none, even, odd',
    ]);
    expect(problems(modbusDevice, { communicateMode: "TCP" })).toEqual([
      "ip: is needed for communicateMode TCP (or url: tcp://host:port)",
    ]);
    expect(problems(modbusDevice, { communicateMode: "RTU", ip: "a" })).toEqual([
      "serialPort: is needed for communicateMode RTU",
    ]);
    expect(problems(modbusDevice, { url: "http://a" })).toEqual(['url: "http://a" is not tcp://host:port']);
  });
});

describe("visitors.configData", () => {
  test.each([
    [{ limit: 1 }, { raw: "uint16", count: 1 }],
    [{ limit: "2" }, { raw: "uint32", count: 2 }],
    [{ limit: 4 }, { raw: "uint64", count: 4 }],
    [
      { limit: 1, dataType: "float" },
      { raw: "uint16", count: 1, form: "number" },
    ],
    [
      { limit: 2, dataType: "float" },
      { raw: "float32", count: 2 },
    ],
    [
      { limit: 4, dataType: "double" },
      { raw: "float64", count: 4 },
    ],
    [
      { limit: 4, dataType: "float" },
      { raw: "uint64", count: 4 },
    ],
    [
      { limit: 2, dataType: "double" },
      { raw: "uint32", count: 2 },
    ],
    [
      { limit: 2, dataType: "int" },
      { raw: "uint32", form: "int" },
    ],
    [
      { limit: 3, dataType: "string" },
      { raw: "string", count: 3 },
    ],
    [
      { limit: 3, dataType: "bytes" },
      { raw: "bytes", count: 3 },
    ],
    [
      { limit: 1, dataType: "boolean" },
      { raw: "uint16", form: "boolean" },
    ],
    [
      { limit: 4, rawType: "int16" },
      { raw: "int16", count: 1 },
    ],
    [
      { rawType: "string", length: 8 },
      { raw: "string", count: 8 },
    ],
    [{ scale: 0 }, { scale: 1 }],
    [
      { scale: "0.1", isSwap: "true", isRegisterSwap: true },
      { scale: 0.1, swapBytes: true, swapWords: true },
    ],
    [
      { isSwap: true, byteOrder: "big", wordOrder: "little" },
      { swapBytes: false, swapWords: true },
    ],
    [
      { register: "coilregister", isSwap: true },
      { table: "coil", raw: "bool", count: 1 },
    ],
    [
      { table: "input", address: 7, offset: 3 },
      { table: "input", address: 7 },
    ],
    [
      { min: "1", max: "100" },
      { minimum: 1, maximum: 100 },
    ],
  ])("%j is %j", (input, expected) => {
    expect(point(input)).toMatchObject(expected);
  });

  test("limits that are both 0 are none", () => {
    expect(point({ min: 0, max: 0 })).not.toHaveProperty("minimum");
  });

  test.each([
    [
      { register: "Holding" },
      ['register: "Holding" is not one of CoilRegister, DiscreteInputRegister, InputRegister, HoldingRegister'],
    ],
    [{ offset: 70_000 }, ["offset: 70000 is not a whole number from 0 to 65535"]],
    [{ offset: 1.5 }, ["offset: 1.5 is not a whole number from 0 to 65535"]],
    [{ offset: 65_535, limit: 2 }, ["offset: 2 registers from 65535 go beyond 65535"]],
    [{ limit: 3 }, ["limit: 3 registers are no number; use 1, 2 or 4, or dataType string or bytes"]],
    [{ register: "CoilRegister", limit: 8 }, ["limit: a coil or discrete input is one bit; use 1"]],
    [{ table: "coil", rawType: "int16" }, ["rawType: int16 needs registers; a coil or discrete input is a bool"]],
    [
      { register: "", offset: null },
      [
        "register: is needed: which table the value is in (or table)",
        "offset: is needed: the zero-based address (or address)",
      ],
    ],
    [{ isSwap: "yes" }, ['isSwap: "yes" is not true or false']],
  ])("%j is refused: %j", (input, expected) => {
    expect(problems(modbusPoint, { register: "HoldingRegister", offset: 0, ...input })).toEqual(expected);
  });
});

describe("what the keys tell", () => {
  test.each([
    ["protocol", modbusProtocolKeys],
    ["visitor", modbusVisitorKeys],
  ])("every %s key has a sentence and an example that it takes itself", (_, keys) => {
    for (const [name, facts] of Object.entries(keyFacts(keys))) {
      expect(facts.description, name).toMatch(/^[A-Z].+\.$/);
      expect(keys.safeParse({ [name]: facts.example }).success, name).toBe(true);
    }
  });

  test("unknown keys are named", () => {
    expect(unknownKeys(modbusVisitorKeys, { register: "CoilRegister", colour: "red" })).toEqual(["colour"]);
  });

  test("a protocol is known by any of its names, and its address keys say whether it is meant", () => {
    const modbus = protocolOf("Modbus-TCP");
    expect(modbus?.name).toBe("modbus");
    expect(protocolOf("bacnet")).toBeUndefined();
    if (modbus === undefined) throw new Error("modbus is built in");
    expect(hasAddress(modbus, { ip: "10.0.0.1" })).toBe(true);
    expect(hasAddress(modbus, { ip: "", slaveID: 1 })).toBe(false);
  });
});
