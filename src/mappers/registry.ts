import type { Driver } from "./driver.ts";

/** Loaded on use, so that a serial gateway never loads OPC UA, nor a TCP one a native serial binding. */
export const drivers: Readonly<Record<string, () => Promise<Driver>>> = {
  modbus: async () => (await import("./modbus/index.ts")).modbus,
};
