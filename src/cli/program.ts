import { Command } from "commander";
import { type AddCommand, type Cli, examples } from "./cli.ts";
import { addCloud } from "./commands/cloud.ts";
import { addConfig } from "./commands/config.ts";
import { addDev } from "./commands/dev.ts";
import { addEdge } from "./commands/edge.ts";
import { addJoin } from "./commands/join.ts";
import { addKube } from "./commands/kube.ts";
import { addReset } from "./commands/reset.ts";
import { addSim } from "./commands/sim.ts";
import { addToken } from "./commands/token.ts";
import { addVersion } from "./commands/version.ts";

const COMMANDS: readonly AddCommand[] = [
  addDev,
  addKube,
  addCloud,
  addEdge,
  addToken,
  addJoin,
  addReset,
  addSim,
  addConfig,
  addVersion,
];

/** The command line: every command with its flags. Parsing it runs the command. */
export function createProgram(cli: Cli): Command {
  const program = new Command("edgeloom")
    .description("Field devices in Kubernetes: device resources, mappers, MQTT and twins at the edge.")
    .version(cli.version)
    .option("--kubeconfig <file>", "kubeconfig to use (default: $KUBECONFIG, then ~/.kube/config)")
    .option("--context <name>", "context of the kubeconfig")
    .option("-n, --namespace <name>", "namespace, where a command asks for one", "default")
    .addHelpText("after", examples("edgeloom dev", "edgeloom dev --help"))
    .showHelpAfterError("(see --help)")
    .configureHelp({ sortSubcommands: false, showGlobalOptions: true })
    .exitOverride();
  for (const add of COMMANDS) add(program, cli);
  return program;
}
