import { type AddCommand, examples, jsonOption } from "../cli.ts";

export const addVersion: AddCommand = (program, cli) => {
  program
    .command("version")
    .description("print the version")
    .addOption(jsonOption())
    .addHelpText("after", examples("edgeloom version", "edgeloom version -o json"))
    .action(({ output }: { output?: string }) => {
      const facts = { version: cli.version, node: process.version, platform: `${process.platform}/${process.arch}` };
      cli.print(
        output === "json" ? JSON.stringify(facts) : `edgeloom ${facts.version} (Node ${facts.node}, ${facts.platform})`,
      );
    });
};
