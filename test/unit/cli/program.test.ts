import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import type { Cli } from "../../../src/cli/cli.ts";
import { createProgram } from "../../../src/cli/program.ts";
import { quietLog } from "../../support/quietLog.ts";

const printed: string[] = [];
const cli: Cli = {
  version: "0.0.0",
  env: {},
  signal: new AbortController().signal,
  isTerminal: false,
  entry: "edgeloom",
  print: (text) => printed.push(text),
  note: () => {},
  announce: () => {},
  logger: () => quietLog,
};

const allOf = (command: Command): Command[] => [command, ...command.commands.flatMap(allOf)];

/** All commands, silent and without exits of their own. */
function commands(): Command[] {
  const all = allOf(createProgram(cli));
  for (const command of all) command.exitOverride().configureOutput({ writeOut: () => {}, writeErr: () => {} });
  return all;
}

const run = (...args: string[]) => commands()[0]?.parseAsync(args, { from: "user" });

describe("the command line", () => {
  it.each(commands().map((command) => [command.name(), command] as const))(
    "shows an example in the help of %s",
    (_, command) => {
      let help = "";
      command.configureOutput({
        writeOut: (text) => {
          help += text;
        },
      });
      command.outputHelp();
      expect(help).toContain("\nExamples:\n  edgeloom ");
    },
  );

  it.each([
    ["version", "-o", "xml"],
    ["config", "cloud", "-o", "yaml"],
    ["token", "create", "-o", "xml"],
    ["kube", "--log-level", "loud"],
    ["dev", "--log-level", "loud"],
  ])("takes no other word for a choice: %s %s %s %s", async (...args) => {
    await expect(run(...args.filter((arg) => arg !== undefined))).rejects.toMatchObject({
      code: "commander.invalidArgument",
    });
  });

  it("says what a configuration lacks in plain words", async () => {
    await expect(run("config", "edge")).rejects.toThrow("edge: node: is missing; dataDir: is missing");
  });
});
