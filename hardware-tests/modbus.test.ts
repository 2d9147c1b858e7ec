import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { modbus } from "../src/mappers/modbus/index.ts";
import type { Value } from "../src/shared/model/value.ts";
import { driverContract } from "../test/contract/driverContract.ts";

type Config = Readonly<Record<string, unknown>>;
interface Described<V> {
  readonly shown: readonly { readonly point: Config; readonly value: V }[];
  readonly writable: { readonly point: Config; readonly value: V };
}

const file = process.env["MODBUS_RIG"];
if (file === undefined) {
  throw new Error("MODBUS_RIG names no file that describes the device; hardware-tests/README.md tells how");
}
const text = readFileSync(file, "utf8");
const rig = parse(text) as Described<unknown> & { readonly device: Config; readonly refused: Config };
// A whole number on the device is a bigint to a driver; in the configuration it is a number.
const values = parse(text, { intAsBigInt: true }) as Described<Value>;
const valueAt = (index: number) => values.shown[index]?.value ?? "";

driverContract(modbus, async () => ({
  device: rig.device,
  refused: rig.refused,
  shown: rig.shown.map(({ point }, index) => ({ point, value: valueAt(index) })),
  writable: { point: rig.writable.point, value: values.writable.value },
  close: async () => {},
}));
