import { readFileSync } from "node:fs";
import type { Command } from "commander";
import type { Cli } from "../../src/cli/cli.ts";
import { createProgram } from "../../src/cli/program.ts";

const WIDTH = 110;

/** Each command with what its `--help` prints. */
export function commandHelp(): string {
  const program = createProgram(quietCli());
  return leavesOf(program)
    .map((command) => `## ${pathOf(command)}\n\n\`\`\`\n${helpOf(command)}\n\`\`\``)
    .join("\n\n");
}

/** Commands that do something themselves. */
function leavesOf(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf);
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
    getOutHelpWidth: () => WIDTH,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return text.trimEnd();
}

/** No process, no terminal: nothing is run. */
function quietCli(): Cli {
  const packageFile = new URL("../../package.json", import.meta.url);
  const { version } = JSON.parse(readFileSync(packageFile, "utf8")) as { version: string };
  const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };
  return {
    version,
    env: {},
    signal: new AbortController().signal,
    isTerminal: false,
    entry: "edgeloom",
    print() {},
    note() {},
    announce() {},
    logger: () => log,
  };
}
