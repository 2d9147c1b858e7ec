import { expect, test } from "vitest";
import { type Numbered, numberDesired, wantedOf } from "../../../../src/cloud/controllers/desired.ts";
import type { DeviceProperty } from "../../../../src/shared/model/device.ts";
import type { DeviceResource } from "../../../../src/shared/model/resources/device.ts";

const property = (over: Partial<DeviceProperty>): DeviceProperty => ({
  name: "p",
  type: "INT",
  accessMode: "ReadWrite",
  collectCycleMs: 1000,
  reportCycleMs: 1000,
  reportToCloud: true,
  ...over,
});

function wants(value: string | undefined, metadata?: Record<string, string>): ReturnType<typeof wantedOf> {
  const device: DeviceResource = {
    apiVersion: "devices.kubeedge.io/v1beta1",
    kind: "Device",
    metadata: { name: "d", namespace: "ns" },
    spec: {
      deviceModelRef: { name: "m" },
      protocol: { protocolName: "modbus" },
      properties: [
        { name: "p", ...(value === undefined ? {} : { desired: { value, ...(metadata ? { metadata } : {}) } }) },
      ],
    },
  };
  return wantedOf(device);
}

const number = (wanted: ReturnType<typeof wantedOf>, numbered: Record<string, Numbered> = {}, over = {}) =>
  numberDesired({ wanted, numbered, properties: [property(over)], now: 1000 });

test("a first wish is number 1, and the same wish is not numbered again", () => {
  const { changes } = number(wants("42"));
  expect(changes).toMatchObject([
    { property: "p", value: "42", numbered: { version: 1, requestedAt: 1000 }, state: "requested" },
  ]);
  expect(
    number(wants("42"), { p: changes[0]?.numbered ?? { version: 0, digest: "", requestedAt: 0 } }).changes,
  ).toEqual([]);
});

test("value and metadata together are the unit of change", () => {
  const [first] = number(wants("42")).changes;
  const numbered = { p: first?.numbered ?? { version: 0, digest: "", requestedAt: 0 } };
  expect(number(wants("42", { why: "again" }), numbered).changes[0]?.numbered.version).toBe(2);
});

test("no wish and an empty one are the same: what was numbered is withdrawn, once, and its number not used again", () => {
  const numbered = { p: { version: 3, digest: "d", requestedAt: 1 } };
  expect(number(wants(undefined), numbered)).toEqual({ changes: [], withdrawn: ["p"] });
  expect(number(wants(""), numbered)).toEqual({ changes: [], withdrawn: ["p"] });
  const withdrawn = { p: { version: 3, digest: "", requestedAt: 1 } };
  expect(number(wants(""), withdrawn)).toEqual({ changes: [], withdrawn: [] });
  expect(number(wants("1"), withdrawn).changes[0]?.numbered.version).toBe(4);
});

test("a time to live is carried with the number", () => {
  expect(number(wants("1", { ttlMs: "5000" })).changes[0]?.numbered.ttlMs).toBe(5000);
  expect(number(wants("1", { ttlMs: "soon" })).changes[0]?.numbered.ttlMs).toBeUndefined();
});

test.each([
  ["abc", {}, "WrongType"],
  ["1.5", {}, "WrongType"],
  ["101", { maximum: "100" }, "OutOfRange"],
  ["-1", { minimum: "0" }, "OutOfRange"],
  ["1", { accessMode: "ReadOnly" }, "ReadOnly"],
  ["1", { name: "other" }, "UnknownProperty"],
])("%s on %o is numbered, and rejected: %s", (value, over, reason) => {
  const [change] = number(wants(value), {}, over).changes;
  expect(change).toMatchObject({ value, state: "rejected", reason, numbered: { version: 1 } });
  expect(change?.message).toMatch(/^spec\.properties\[p\]\.desired\.value: /);
});

test("what means the same is sent in its one text", () => {
  expect(number(wants("1e3")).changes[0]?.value).toBe("1000");
  expect(number(wants("1"), {}, { type: "BOOLEAN" }).changes[0]?.value).toBe("true");
});
