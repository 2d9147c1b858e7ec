import type { Server } from "node:net";
import { listen } from "../../../shared/kit/listen.ts";
import type { Logger } from "../../../shared/kit/logger.ts";
import { OpenSockets } from "../../../shared/kit/openSockets.ts";
import { aborted, systemClock } from "../../../shared/kit/time.ts";
import { PumpBank } from "./pumpBank.ts";
import { createModbusServer } from "./server.ts";

export interface ModbusSimulatorOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** The same seed, writes and times give the same values. */
  readonly seed: number;
  /** How many pumps: units 1 to this. */
  readonly units?: number;
}

/**
 * Simulated pumps on Modbus TCP (see registerMap.ts) until the signal aborts. `onReady` is told the address as
 * `modbus`. Throws `config.portTaken`.
 */
export async function runModbusSimulator(
  { host, port, seed, units = 3 }: ModbusSimulatorOptions,
  {
    log,
    signal,
    onReady,
  }: {
    readonly log: Logger;
    readonly signal: AbortSignal;
    readonly onReady: (facts: { readonly modbus: string }) => void;
  },
): Promise<void> {
  const server = createModbusServer(new PumpBank({ units, seed, now: systemClock.monotonic }), log);
  const connections = new OpenSockets(server);
  const actual = await listen(server, {
    host,
    port,
    what: "the simulated Modbus device",
    flag: "--port (of dev: --sim-modbus-port)",
  });
  onReady({ modbus: `tcp://${host}:${actual}` });
  await aborted(signal);
  connections.destroy();
  await closed(server);
}

const closed = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
