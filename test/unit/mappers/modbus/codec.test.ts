import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decode, encode, nearestValue } from "../../../../src/mappers/modbus/codec.ts";
import { modbusPoint } from "../../../../src/shared/model/modbusDialect.ts";
import { RAW_TYPES } from "../../../../src/shared/model/modbusKeys.ts";
import { formatValue } from "../../../../src/shared/model/value.ts";

const point = (config: object) => modbusPoint.parse({ table: "holding", address: 0, ...config });
const orders = fc.record({
  byteOrder: fc.constantFrom("big", "little"),
  wordOrder: fc.constantFrom("big", "little"),
});
const integers = RAW_TYPES.filter((raw) => raw.includes("int"));

describe("decode", () => {
  test.each([
    [[0xffff], { rawType: "int16" }, -1n],
    [[0xffff], { limit: 1 }, 65_535n],
    [[0x0001, 0x0002], { limit: 2 }, 65_538n],
    [[0x0001, 0x0002], { limit: 2, isRegisterSwap: true }, 131_073n],
    [[0x0100], { limit: 1, isSwap: true }, 1n],
    [[0x1234, 0x5678], { limit: 2, isSwap: true, isRegisterSwap: true }, 0x78563412n],
    [[215], { limit: 1, dataType: "float", scale: 0.1 }, 21.5],
    [[3], { limit: 1, dataType: "float", scale: 0.1 }, 0.3],
    [[3], { limit: 1, scale: 0 }, 3n],
    [[0x41ac, 0], { limit: 2, dataType: "float" }, 21.5],
    [[0x41ac, 0], { limit: 2, dataType: "double" }, 0x41ac0000n],
    [[0x4035, 0x8000, 0, 0], { limit: 4, dataType: "double" }, 21.5],
    [[0xffff, 0xffff, 0xffff, 0xffff], { limit: 4 }, 2n ** 64n - 1n],
    [[0xffff, 0xffff, 0xffff, 0xfffe], { rawType: "int64" }, -2n],
    [[7], { limit: 1, dataType: "boolean" }, true],
    [[25], { limit: 1, dataType: "int", scale: 0.1 }, 3n],
    [[0x4142, 0x4300], { limit: 2, dataType: "string" }, "ABC"],
    [[0xb043, 0], { limit: 2, dataType: "string" }, "°C"],
    [[0x4142], { limit: 1, dataType: "bytes" }, new Uint8Array([0x41, 0x42])],
    [[300], { rawType: "int16", scale: 0.1, valueOffset: -40 }, -10n],
    [[1], { table: "coil" }, true],
  ])("%j as %j is %s", (words, config, value) => {
    expect(decode(words, point(config))).toEqual(value);
  });

  test("a 64-bit counter of hundredths keeps all digits", () => {
    const words = encode(2n ** 60n + 7n, point({ rawType: "int64" }));
    expect(decode(words, point({ rawType: "int64", scale: 10 }))).toBe((2n ** 60n + 7n) * 10n);
  });

  test("a coil is 0 or 1 as INT, and true or false as BOOLEAN", () => {
    const on = decode([1], point({ register: "CoilRegister" }));
    expect([formatValue(on, "INT"), formatValue(on, "BOOLEAN")]).toEqual(["1", "true"]);
  });
});

describe("encode", () => {
  test.each([
    [70_000n, { rawType: "uint16" }, "data.outOfRange"],
    [-1n, { limit: 1 }, "data.outOfRange"],
    [2n ** 63n, { rawType: "int64" }, "data.outOfRange"],
    [6553.6, { limit: 1, scale: 0.1 }, "data.outOfRange"],
    [1e39, { rawType: "float32" }, "data.outOfRange"],
    ["ABC", { rawType: "string", length: 1 }, "data.outOfRange"],
    ["A\0", { rawType: "string", length: 2 }, "data.wrongType"],
    ["\ud800", { rawType: "string", length: 2 }, "data.wrongType"],
    ["abc", { rawType: "int16" }, "data.wrongType"],
    [Number.NaN, { rawType: "int16" }, "data.wrongType"],
    [2n, { table: "coil" }, "data.outOfRange"],
    [new Uint8Array(3), { rawType: "bytes", length: 1 }, "data.outOfRange"],
    ["text", { rawType: "bytes", length: 4 }, "data.wrongType"],
  ])("%s into %j is refused", (value, config, code) => {
    expect(() => encode(value, point(config))).toThrow(expect.objectContaining({ code }));
  });

  test("decode(encode(x)) is x for every integer that fits, in every order", () => {
    for (const rawType of integers) {
      const size = BigInt(rawType.replace(/\D+/, ""));
      const range = rawType.startsWith("u")
        ? { min: 0n, max: 2n ** size - 1n }
        : { min: -(2n ** (size - 1n)), max: 2n ** (size - 1n) - 1n };
      fc.assert(
        fc.property(fc.bigInt(range), orders, (value, order) => {
          const where = point({ rawType, ...order });
          expect(decode(encode(value, where), where)).toBe(value);
        }),
      );
    }
  });

  test("decode(encode(x)) is x for floats, texts, bytes and bits", () => {
    const cases = fc.oneof(
      fc.record({ rawType: fc.constant("float32"), value: fc.float({ noNaN: true, noDefaultInfinity: true }) }),
      fc.record({ rawType: fc.constant("float64"), value: fc.double({ noNaN: true, noDefaultInfinity: true }) }),
      fc.record({ rawType: fc.constant("bool"), value: fc.boolean() }),
      fc.record({ rawType: fc.constant("string"), value: fc.string({ unit: "grapheme", maxLength: 8 }) }),
      fc.record({ rawType: fc.constant("bytes"), value: fc.uint8Array({ minLength: 64, maxLength: 64 }) }),
    );
    fc.assert(
      fc.property(cases, orders, ({ rawType, value }, order) => {
        fc.pre(typeof value !== "string" || (!value.includes("\0") && Buffer.byteLength(value) <= 64));
        const where = point({ rawType, length: 32, ...order });
        expect(decode(encode(value, where), where)).toEqual(value);
      }),
    );
  });

  test("encode(decode(registers)) gives the registers back, whatever the scale", () => {
    const scales = fc.constantFrom(1, 0.1, 0.01, 0.001, 0.5, 2, 10, 1e-7, -0.1, 0.025, 3.6);
    fc.assert(
      fc.property(fc.nat(0xffff), scales, fc.constantFrom(0, -40, 273.15), (word, scale, valueOffset) => {
        const where = point({ rawType: "uint16", scale, valueOffset });
        expect(encode(decode([word], where), where)).toEqual([word]);
      }),
    );
  });
});

describe("nearestValue", () => {
  test("rounds to what the device can hold", () => {
    expect(nearestValue(21.449, point({ limit: 1, scale: 0.1, dataType: "float" }))).toBe(21.4);
    expect(nearestValue(0.1, point({ rawType: "float32" }))).toBe(Math.fround(0.1));
    expect(nearestValue(21n, point({ rawType: "int16", scale: 0.1 }))).toBe(21n);
  });

  test("holds the visitor's own limits", () => {
    expect(() => nearestValue(101n, point({ max: 100 }))).toThrow(expect.objectContaining({ code: "data.outOfRange" }));
    expect(() => nearestValue(0.5, point({ min: "1" }))).toThrow(expect.objectContaining({ code: "data.outOfRange" }));
  });

  test("is its own nearest", () => {
    fc.assert(
      fc.property(fc.double({ min: -3000, max: 3000, noNaN: true }), (value) => {
        const where = point({ rawType: "int16", scale: 0.1 });
        const once = nearestValue(value, where);
        expect(nearestValue(once, where)).toEqual(once);
        expect(Math.abs(Number(once) - value)).toBeLessThanOrEqual(0.05 + 1e-9);
      }),
    );
  });
});
