import type { Level } from "../../shared/kit/logger.ts";
import { type AddCommand, examples } from "../cli.ts";
import { partOptions, port, runPart } from "../part.ts";

interface Flags {
  readonly config?: string;
  readonly logLevel: Level;
  readonly dataDir?: string;
  readonly kubePort?: number;
}

export const addKube: AddCommand = (program, cli) => {
  partOptions(program.command("kube").description("run the embedded Kubernetes API alone"))
    .option("--data-dir <dir>", "where it keeps its objects, keys and kubeconfig")
    .option("--kube-port <port>", "HTTPS port (default 6443)", port)
    .addHelpText(
      "after",
      examples("edgeloom kube --data-dir ./kube", "KUBECONFIG=./kube/kubeconfig kubectl get namespaces"),
    )
    .action(async (flags: Flags) => {
      const [{ run }, { kubeConfig }] = await Promise.all([
        import("../../kube/main.ts"),
        import("../../kube/config.ts"),
      ]);
      const overrides = { dataDir: flags.dataDir, port: flags.kubePort };
      await runPart(cli, { name: "kube", schema: kubeConfig, run }, flags, overrides);
    });
};
