import type { Level } from "../../shared/kit/logger.ts";
import { type AddCommand, examples } from "../cli.ts";
import { level, port } from "../part.ts";

interface Flags {
  readonly host: string;
  readonly port: number;
  readonly seed: number;
  readonly logLevel: Level;
}

export const addSim: AddCommand = (program, cli) => {
  program
    .command("sim")
    .description("simulated devices")
    .addHelpText("after", examples("edgeloom sim modbus --port 5020"))
    .command("modbus")
    .description("a pump on Modbus TCP: temperature, speed, run command, setpoint, counters")
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--port <port>", "TCP port; 0 takes any free one", port, 5020)
    .option("--seed <number>", "the same seed gives the same pump", Number, 1)
    .option("--log-level <level>", "debug, info, warn or error", level, "info")
    .addHelpText("after", examples("edgeloom sim modbus --port 5020"))
    .action(async (flags: Flags) => {
      const { runModbusSimulator } = await import("../../mappers/commands/sim.ts");
      await runModbusSimulator(
        { host: flags.host, port: flags.port, seed: flags.seed },
        {
          log: cli.logger("sim", flags.logLevel),
          signal: cli.signal,
          onReady: (facts) => {
            cli.announce(facts);
            cli.note(`Modbus pump at ${facts.modbus}`);
          },
        },
      );
    });
};
