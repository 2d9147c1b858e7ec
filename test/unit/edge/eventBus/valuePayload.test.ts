import { describe, expect, it } from "vitest";
import { middleOf, statePayload, ValuePayloads } from "../../../../src/edge/eventBus/valuePayload.ts";
import type { Reported } from "../../../../src/shared/model/twin.ts";
import type { PropertyType } from "../../../../src/shared/model/value.ts";

const AT = Date.UTC(2026, 0, 1);
const payloads = new ValuePayloads();

function payload(reported: Partial<Reported>, type: PropertyType, unit?: string): string {
  const whole: Reported = { quality: "good", reason: "", at: AT, version: 7, ...reported };
  return payloads.of(whole, { type, middle: middleOf({ type, ...(unit === undefined ? {} : { unit }) }) });
}

describe("the payload of a value", () => {
  it("is the contract's, byte by byte", () => {
    expect(payload({ value: "21.5" }, "DOUBLE", "Cel")).toBe(
      '{"value":21.5,"type":"DOUBLE","unit":"Cel","quality":"good","at":"2026-01-01T00:00:00.000Z","version":7}',
    );
  });

  it("leaves the unit out where the property has none, and gives the reason where the value is not good", () => {
    expect(payload({ value: "1", quality: "stale", reason: "Timeout" }, "INT", "")).toBe(
      '{"value":1,"type":"INT","quality":"stale","at":"2026-01-01T00:00:00.000Z","version":7,"reason":"Timeout"}',
    );
  });

  it.each([
    [{ value: "9223372036854775807" }, "INT", "9223372036854775807"],
    [{ value: "-9223372036854775808" }, "INT", "-9223372036854775808"],
    [{ value: "0.1" }, "FLOAT", "0.1"],
    [{ value: "1e+300" }, "DOUBLE", "1e+300"],
    [{ value: "-0" }, "DOUBLE", "-0"],
    [{}, "DOUBLE", "null"],
    [{ value: "true" }, "BOOLEAN", "true"],
    [{ value: 'a"\n🌍' }, "STRING", '"a\\"\\n🌍"'],
    [{ value: "aGk=" }, "BYTES", '"aGk="'],
  ] as const)("writes %j of %s as %s", (reported, type, literal) => {
    expect(payload(reported, type)).toContain(`{"value":${literal},"type":"${type}"`);
    expect(() => JSON.parse(payload(reported, type)) as unknown).not.toThrow();
  });

  it("shows the time of each value, also when it repeats or goes back", () => {
    const times = [AT, AT, AT + 1, AT].map(
      (at) => (JSON.parse(payload({ value: "1", at }, "INT")) as { at: string }).at,
    );
    expect(times.map((time) => time.slice(-5))).toEqual([".000Z", ".000Z", ".001Z", ".000Z"]);
  });
});

it("writes a state as the contract has it", () => {
  expect(statePayload({ state: "online", reason: "", message: "not shown", since: AT })).toBe(
    '{"state":"online","reason":"","since":"2026-01-01T00:00:00.000Z"}',
  );
});
