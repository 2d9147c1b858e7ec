import { expect, test } from "vitest";
import { mergeConfig, protocolOf } from "../../../../src/shared/model/protocols.ts";

const modbus = protocolOf("Modbus");

test("the instance's keys win one by one", () => {
  expect(mergeConfig(modbus, { table: "input", address: 0, scale: 0.1 }, { address: 5 })).toEqual({
    table: "input",
    address: 5,
    scale: 0.1,
  });
});

test("where the model says the same thing in other words, its word is dropped", () => {
  const model = { table: "input", address: 0, rawType: "int16" };
  expect(mergeConfig(modbus, model, { register: "HoldingRegister", offset: 500 })).toEqual({
    rawType: "int16",
    register: "HoldingRegister",
    offset: 500,
  });
  expect(mergeConfig(modbus, { ip: "10.0.0.1", port: 502, timeout: 100 }, { url: "tcp://10.0.0.2" })).toEqual({
    timeout: 100,
    url: "tcp://10.0.0.2",
  });
});

test("an empty text says nothing, and other protocols' words are theirs", () => {
  expect(mergeConfig(modbus, { address: 3 }, { offset: "" })).toEqual({ address: 3, offset: "" });
  expect(mergeConfig(undefined, { table: "a" }, { register: 1 })).toEqual({ table: "a", register: 1 });
});
