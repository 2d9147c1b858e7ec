import { Fault } from "../shared/kit/fault.ts";
import { protocolOf } from "../shared/model/protocols.ts";
import type { Driver } from "./driver.ts";

/** Loaded on use, so that a serial gateway never loads OPC UA, nor a TCP one a native serial binding. */
const drivers: Readonly<Record<string, () => Promise<Driver>>> = {
  modbus: async () => (await import("./modbus/index.ts")).modbus,
};

/** The driver of a protocol by any of its names. Throws `config.invalid` for one that is not built in. */
export async function loadDriver(protocol: string): Promise<Driver> {
  const load = drivers[protocolOf(protocol)?.name ?? ""];
  if (load !== undefined) return await load();
  const known = Object.keys(drivers).join(", ");
  throw new Fault("config.invalid", `there is no built-in mapper for protocol ${protocol}; there is: ${known}`);
}
