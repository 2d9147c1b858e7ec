import { Environment } from "@marcbachmann/cel-js";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { booleanKey, choiceKey, integerKey, numberKey, textKey } from "../../../../../src/shared/model/configKey.ts";
import {
  inheritedKeyRules,
  isNamed,
  keyProperties,
  keyRules,
} from "../../../../../src/shared/model/resources/knownKeys.ts";

const keys = z.object({
  port: integerKey({ description: "The port.", minimum: 1, maximum: 65_535, default: 502, example: 502 }),
  wait: numberKey({ description: "How long.", minimum: 0, example: 10 }),
  scale: numberKey({ description: "Times.", example: 0.1 }),
  swap: booleanKey({ description: "Swapped.", default: false, example: true }),
  parity: choiceKey(["none", "evenOdd"], { description: "Parity.", example: "none" }),
  ip: textKey({ description: "Where.", example: "10.0.0.1" }),
});
const known = { protocol: "modbus", keys };

const environment = new Environment()
  .registerFunction("string.charAt(int): string", (text: string, place: bigint) => text.charAt(Number(place)))
  .registerVariable("self", "dyn");

/** What a rule of `key` says of a configData. */
function holds(key: string, value: unknown, protocolName = "modbus"): unknown {
  const gate = isNamed("modbus", "self.protocolName");
  const rules = keyRules(known, { gate, config: "self.configData", fieldPath: ".configData" });
  const rule = rules.find(({ fieldPath }) => fieldPath === `.configData.${key}`);
  if (rule === undefined) throw new Error(`no rule for ${key}`);
  const configData = value === undefined ? {} : { [key]: typeof value === "number" ? BigInt(value) : value };
  return environment.evaluate(rule.rule, { self: { protocolName, configData } });
}

describe("rules of known keys", () => {
  test.each<[string, unknown]>([
    ["port", undefined],
    ["port", null],
    ["port", ""],
    ["port", 1],
    ["port", 65_535],
    ["port", "5502"],
    ["wait", 0],
    ["wait", "10000000000"],
    ["parity", "none"],
    ["parity", "NONE"],
    ["parity", "evenodd"],
    ["parity", "EvenOdd"],
    ["parity", ""],
    ["parity", null],
    ["ip", "10.0.0.1"],
    ["ip", ""],
    ["ip", null],
  ])("%s may be %j", (key, value) => {
    expect(holds(key, value)).toBe(true);
  });

  test.each<[string, unknown]>([
    ["port", 0],
    ["port", 65_536],
    ["port", "0"],
    ["port", "65536"],
    ["port", "655350"],
    ["port", "50x"],
    ["port", "-1"],
    ["wait", -1],
    ["wait", "soon"],
    ["parity", "odd"],
    ["parity", 1],
    ["ip", 5],
  ])("%s may not be %j", (key, value) => {
    expect(holds(key, value)).toBe(false);
  });

  test("speak under every name of the protocol, and under no other", () => {
    expect(holds("port", 0, "Modbus")).toBe(false);
    expect(holds("port", 0, "MODBUS-TCP")).toBe(false);
    expect(holds("port", 0, "ble")).toBe(true);
  });

  test("say what would do", () => {
    const messages = keyRules(known, { gate: "true", config: "self.configData", fieldPath: ".configData" });
    expect(messages.map(({ message }) => message)).toEqual([
      "port must be a whole number from 1 to 65535, such as 502",
      "wait must be a whole number from 0, such as 10",
      'parity must be one of none, evenOdd, such as "none"',
      'ip must be a text, such as "10.0.0.1"',
    ]);
  });

  test("reach visitors that inherit their protocol, and no others", () => {
    const rule = inheritedKeyRules(known, "self.protocol == 'modbus'")[0]?.rule ?? "";
    const verdict = (visitors: object, protocol = "modbus") =>
      environment.evaluate(rule, { self: { protocol, properties: [{ name: "a", visitors }] } });
    expect(verdict({ configData: { port: 0n } })).toBe(false);
    expect(verdict({ protocolName: "", configData: { port: 0n } })).toBe(false);
    expect(verdict({ configData: { port: 1n } })).toBe(true);
    expect(verdict({ protocolName: "ble", configData: { port: 0n } })).toBe(true);
    expect(verdict({ configData: { port: 0n } }, "ble")).toBe(true);
    expect(verdict({})).toBe(true);
  });
});

test("each key is described with what it takes, its default and an example", () => {
  const properties = keyProperties(known);
  expect(properties["port"]).toEqual({
    description: "modbus: The port. A whole number from 1 to 65535, default 502. Example: port: 502",
    nullable: true,
    "x-kubernetes-int-or-string": true,
  });
  expect(properties["parity"]?.["description"]).toBe("modbus: Parity. One of none, evenOdd. Example: parity: none");
});

test("booleans and fractions may be texts that look like them", () => {
  const { swap, scale } = keyProperties(known);
  const takes = (schema: typeof swap, text: string) => new RegExp(String(schema?.["pattern"])).test(text);
  for (const text of ["true", "False", ""]) expect([text, takes(swap, text)]).toEqual([text, true]);
  for (const text of ["yes", "truex", "1"]) expect([text, takes(swap, text)]).toEqual([text, false]);
  for (const text of ["0.1", "-4", "1e-3", ".5", ""]) expect([text, takes(scale, text)]).toEqual([text, true]);
  for (const text of ["x", "1.2.3", "e5", "0x10"]) expect([text, takes(scale, text)]).toEqual([text, false]);
});
