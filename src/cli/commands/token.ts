import { type Command, InvalidArgumentError, Option } from "commander";
import { type AddCommand, examples, jsonOption } from "../cli.ts";

interface CreateFlags {
  readonly ttl: number;
  readonly uses?: number;
  readonly node?: string;
  readonly printJoinCommand?: boolean;
  readonly output?: string;
  readonly server?: string;
}

export const addToken: AddCommand = (program, cli) => {
  const token = program
    .command("token")
    .description("tokens with which edges join")
    .addHelpText("after", examples("edgeloom token create --ttl 1h"));
  token
    .command("create")
    .description("print a new token")
    .addOption(
      new Option("--ttl <duration>", "how long it may be used: 30m, 24h, 7d")
        .argParser(duration)
        .default(duration("24h"), "24h"),
    )
    .option("--uses <n>", "how many nodes may use it (default: any number)", count)
    .option("--node <name>", "only an edge of this name may use it")
    .option("--print-join-command", "print the whole command for the edge")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples("edgeloom token create --ttl 1h", "edgeloom token create --node edge-7 --print-join-command"),
    )
    .action(async (flags: CreateFlags, command: Command) => {
      const { tokenCreate } = await import("../../cloud/commands/token.ts");
      const { kubeconfig = cli.env["KUBECONFIG"], context } = command.optsWithGlobals<{
        kubeconfig?: string;
        context?: string;
      }>();
      const created = await tokenCreate({ kubeconfig, context, ttlMs: flags.ttl, uses: flags.uses, node: flags.node });
      if (flags.output === "json") cli.print(JSON.stringify(created));
      else if (flags.printJoinCommand) cli.print(joinCommand(created.token, flags.node));
      else cli.print(created.token);
    });
};

function joinCommand(token: string, node = "NAME"): string {
  return `edgeloom join HOST:10002 --token ${token} --name ${node}`;
}

/** 1 to 9999. */
function count(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("a number of nodes is 1 to 9999.");
}

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** "90s", "30m", "24h" or "7d" to milliseconds. */
function duration(text: string): number {
  const [, amount, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const unitMs = UNITS[unit ?? ""];
  if (amount === undefined || unitMs === undefined || Number(amount) === 0) {
    throw new InvalidArgumentError("a duration is a number and a unit: 90s, 30m, 24h, 7d.");
  }
  return Number(amount) * unitMs;
}
