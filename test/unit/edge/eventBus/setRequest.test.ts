import { describe, expect, it } from "vitest";
import { readSet, requestedValue } from "../../../../src/edge/eventBus/setRequest.ts";
import { SetRefusal } from "../../../../src/edge/eventBus/setResult.ts";
import type { DeviceProperty } from "../../../../src/shared/model/device.ts";
import { deviceSpec } from "../../../support/memoryTwins.ts";

function property(type: DeviceProperty["type"], rest: Partial<DeviceProperty> = {}): DeviceProperty {
  const [made] = deviceSpec([{ name: "p", type, ...rest }]).properties;
  if (made === undefined) throw new Error("one property expected");
  return made;
}

function outcome(text: string, type: DeviceProperty["type"], rest: Partial<DeviceProperty> = {}) {
  try {
    return requestedValue(readSet(text), property(type, rest));
  } catch (error) {
    if (error instanceof SetRefusal) return { code: error.code, id: error.id };
    throw error;
  }
}

describe("a bare value", () => {
  it.each([
    ["42", "INT", "42"],
    [" 42\n", "INT", "42"],
    ["9223372036854775807", "INT", "9223372036854775807"],
    ["-9223372036854775808", "INT", "-9223372036854775808"],
    ["1e3", "INT", "1000"],
    ['"42"', "INT", "42"],
    ["21.50", "DOUBLE", "21.5"],
    ["0.1", "FLOAT", "0.1"],
    ["true", "BOOLEAN", "true"],
    ["0", "BOOLEAN", "false"],
    ["aGk=", "BYTES", "aGk="],
    ['"aGk="', "BYTES", "aGk="],
    ["hello", "STRING", "hello"],
    ["", "STRING", ""],
    [' "quoted" ', "STRING", ' "quoted" '],
    ['{"a":1}', "STRING", '{"a":1}'],
    ["{broken", "STRING", "{broken"],
    ["42", "STRING", "42"],
    ["Grüße 🌍", "STRING", "Grüße 🌍"],
  ] as const)("%j for %s is %j", (text, type, value) => {
    expect(outcome(text, type)).toBe(value);
  });

  it.each([
    ["", "INT", "BadPayload"],
    ["hello", "DOUBLE", "WrongType"],
    ["1.5", "INT", "WrongType"],
    ["9223372036854775808", "INT", "WrongType"],
    ["true", "INT", "WrongType"],
    ["null", "DOUBLE", "WrongType"],
    ["NaN", "DOUBLE", "WrongType"],
    ["yes", "BOOLEAN", "WrongType"],
    ["***", "BYTES", "WrongType"],
    ["[1]", "INT", "BadPayload"],
    ["{}", "INT", "BadPayload"],
    ['{"value":1', "INT", "BadPayload"],
    ['"1', "INT", "WrongType"],
  ] as const)("%j for %s is refused as %s", (text, type, code) => {
    expect(outcome(text, type)).toEqual({ code, id: "" });
  });
});

describe("the long form", () => {
  it("keeps all 64 bits of an INT, and reads id and ttlMs", () => {
    expect(readSet('{"value":9007199254740993,"id":"a","ttlMs":1500}')).toEqual({
      kind: "long",
      literal: "9007199254740993",
      id: "a",
      ttlMs: 1500,
    });
    expect(outcome('{"value":9007199254740993,"id":"a"}', "INT")).toBe("9007199254740993");
  });

  it.each([
    ['{"value":"hello","id":"a"}', "STRING", "hello"],
    ['{"value":""}', "STRING", ""],
    ['{"value":"{\\"value\\":1}"}', "STRING", '{"value":1}'],
    ['{"value":true}', "BOOLEAN", "true"],
    ['{"value":"21.5"}', "DOUBLE", "21.5"],
    ['{"value":"aGk="}', "BYTES", "aGk="],
    ['{"value":1,"more":[{"}":"]"}]}', "INT", "1"],
  ] as const)("%j for %s is %j", (text, type, value) => {
    expect(outcome(text, type)).toBe(value);
  });

  it.each([
    ['{"value":null,"id":"a"}', "INT", { code: "WrongType", id: "a" }],
    ['{"value":[1],"id":"a"}', "INT", { code: "WrongType", id: "a" }],
    ['{"value":5,"id":"a"}', "STRING", { code: "WrongType", id: "a" }],
    ['{"value":5,"id":"a"}', "BYTES", { code: "WrongType", id: "a" }],
    ['{"value":1,"id":"a","ttlMs":"soon"}', "INT", { code: "BadPayload", id: "a" }],
    ['{"value":1,"id":"a","ttlMs":-1}', "INT", { code: "BadPayload", id: "a" }],
    ['{"value":1,"id":{}}', "INT", { code: "BadPayload", id: "" }],
    ['{"id":"a"}', "INT", { code: "BadPayload", id: "a" }],
  ] as const)("%j for %s is refused", (text, type, refusal) => {
    expect(outcome(text, type)).toEqual(refusal);
  });

  it("answers what its property does not allow with the id", () => {
    const range = { minimum: "0", maximum: "10" };
    expect(outcome('{"value":11,"id":"a"}', "INT", range)).toEqual({ code: "OutOfRange", id: "a" });
    expect(outcome('{"value":-0.1,"id":"a"}', "DOUBLE", range)).toEqual({ code: "OutOfRange", id: "a" });
    expect(outcome('{"value":10,"id":"a"}', "INT", range)).toBe("10");
    expect(outcome('{"value":"x","id":"a"}', "INT", { accessMode: "ReadOnly" })).toEqual({ code: "ReadOnly", id: "a" });
    expect(outcome("{}", "STRING", { accessMode: "ReadOnly" })).toEqual({ code: "ReadOnly", id: "" });
  });
});
