import { type AddCommand, examples } from "../cli.ts";

interface Flags {
  readonly token: string;
  readonly name: string;
  readonly site?: string;
  readonly root: string;
}

export const addJoin: AddCommand = (program, cli) => {
  program
    .command("join <host:port>")
    .description("make this machine an edge: trust, key, certificate and configuration")
    .requiredOption("--token <token>", "from `edgeloom token create`")
    .requiredOption("--name <node>", "the node's name in Kubernetes")
    .option("--site <site>", "the site it stands at")
    .option("--root <dir>", "everything it writes goes here", "/var/lib/edgeloom")
    .addHelpText(
      "after",
      examples(
        "edgeloom join cloud.example:10002 --token … --name edge-7 --site hall-3",
        "edgeloom edge --config /var/lib/edgeloom/config.yaml",
      ),
    )
    .action(async (server: string, flags: Flags) => {
      const { join } = await import("../../edge/commands/join.ts");
      const command = [process.execPath, cli.entry];
      await join({ server, ...flags, command, progress: cli.note, signal: cli.signal });
    });
};
