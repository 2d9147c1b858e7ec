import { type AddCommand, examples } from "../cli.ts";

export const addReset: AddCommand = (program, cli) => {
  program
    .command("reset")
    .description("undo `join`: remove this edge's key, certificate, configuration and data")
    .option("--root <dir>", "where `join` wrote", "/var/lib/edgeloom")
    .option("--keep-data", "leave the device store")
    .addHelpText("after", examples("edgeloom reset", "edgeloom reset --root ./edge --keep-data"))
    .action(async ({ root, keepData = false }: { root: string; keepData?: boolean }) => {
      const { reset } = await import("../../edge/commands/reset.ts");
      await reset({ root, keepData, progress: cli.note });
    });
};
