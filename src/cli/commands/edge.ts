import type { Level } from "../../shared/kit/logger.ts";
import { type AddCommand, examples } from "../cli.ts";
import { forkMappers } from "../mapperStarters.ts";
import { partOptions, port, runPart } from "../part.ts";

interface Flags {
  readonly config?: string;
  readonly logLevel: Level;
  readonly mqttPort?: number;
  readonly edgeMetricsPort?: number;
}

export const addEdge: AddCommand = (program, cli) => {
  partOptions(program.command("edge").description("run one edge node"))
    .option("--mqtt-port <port>", "MQTT port on 127.0.0.1 (default 1883)", port)
    .option("--edge-metrics-port <port>", "HTTP port for metrics and health (default 9092)", port)
    .addHelpText("after", examples("edgeloom edge --config /var/lib/edgeloom/config.yaml"))
    .action(async (flags: Flags) => {
      const [{ run }, { edgeConfig }] = await Promise.all([
        import("../../edge/main.ts"),
        import("../../edge/config.ts"),
      ]);
      const overrides = { mqtt: { port: flags.mqttPort }, metrics: { port: flags.edgeMetricsPort } };
      await runPart(
        cli,
        {
          name: "edge",
          schema: edgeConfig,
          run: async (settings, parts) => {
            const startMapper =
              settings.mappers.isolation === "process"
                ? forkMappers(parts.log, flags.logLevel)
                : (await import("../../mappers/commands/inline.ts")).startInline(parts.log);
            await run(settings, { ...parts, startMapper });
          },
        },
        flags,
        overrides,
      );
    });
};
