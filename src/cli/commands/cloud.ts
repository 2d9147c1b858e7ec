import type { Level } from "../../shared/kit/logger.ts";
import { type AddCommand, examples } from "../cli.ts";
import { partOptions, port, runPart } from "../part.ts";

interface Flags {
  readonly config?: string;
  readonly logLevel: Level;
  readonly hubPort?: number;
  readonly enrolPort?: number;
  readonly cloudMetricsPort?: number;
  readonly installCrds?: boolean;
}

export const addCloud: AddCommand = (program, cli) => {
  partOptions(program.command("cloud").description("run the hub and the controllers against a Kubernetes API"))
    .option("--hub-port <port>", "WSS port to which edges dial (default 10000)", port)
    .option("--enrol-port <port>", "HTTPS port for joining (default 10002)", port)
    .option("--cloud-metrics-port <port>", "HTTP port for metrics and health (default 9091)", port)
    .option("--install-crds", "apply Edgeloom's resource definitions first")
    .addHelpText(
      "after",
      examples("edgeloom cloud --kubeconfig ~/.kube/config --install-crds", "edgeloom cloud --config cloud.yaml"),
    )
    .action(async (flags: Flags, command: typeof program) => {
      const [{ run }, { cloudConfig }] = await Promise.all([
        import("../../cloud/main.ts"),
        import("../../cloud/config.ts"),
      ]);
      const { kubeconfig, context } = command.optsWithGlobals<{ kubeconfig?: string; context?: string }>();
      const overrides = {
        kubeconfig: kubeconfig ?? (flags.config === undefined ? cli.env["KUBECONFIG"] : undefined),
        context,
        hub: { port: flags.hubPort },
        enrol: { port: flags.enrolPort },
        metrics: { port: flags.cloudMetricsPort },
        installCrds: flags.installCrds,
      };
      await runPart(cli, { name: "cloud", schema: cloudConfig, run }, flags, overrides);
    });
};
