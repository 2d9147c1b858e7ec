import { Argument, type Command } from "commander";
import { checkConfig, readSettings, type Schema } from "../../shared/kit/config.ts";
import { Fault } from "../../shared/kit/fault.ts";
import { type AddCommand, examples, jsonOption } from "../cli.ts";
import { alignColumns } from "../table.ts";

const SCHEMAS: Readonly<Record<string, () => Promise<Schema<unknown>>>> = {
  kube: async () => (await import("../../kube/config.ts")).kubeConfig,
  cloud: async () => (await import("../../cloud/config.ts")).cloudConfig,
  edge: async () => (await import("../../edge/config.ts")).edgeConfig,
};

export const addConfig: AddCommand = (program, cli) => {
  program
    .command("config")
    .description("show the effective configuration of a part, and where each value comes from")
    .addArgument(new Argument("<part>", "which part").choices(Object.keys(SCHEMAS)))
    .option("--config <file>", "configuration file (YAML)")
    .addOption(jsonOption())
    .addHelpText("after", examples("edgeloom config edge --config /var/lib/edgeloom/config.yaml"))
    .action(async (part: string, { config: path, output }: { config?: string; output?: string }, _command: Command) => {
      const schema = await SCHEMAS[part]?.();
      if (schema === undefined) throw new Fault("config.invalid", `${part} is not a part of Edgeloom`);
      const written = path === undefined ? {} : await readSettings(path);
      const effective = leaves(checkConfig(schema, written, path ?? part));
      const inFile = new Set(leaves(written).map(([key]) => key));
      const rows = effective.map(([key, value]) => ({
        key,
        value,
        source: inFile.has(key) ? (path ?? "") : "default",
      }));
      if (output === "json") cli.print(JSON.stringify(rows, null, 2));
      else
        cli.print(
          alignColumns([
            ["KEY", "VALUE", "SOURCE"],
            ...rows.map(({ key, value, source }) => [key, JSON.stringify(value), source]),
          ]),
        );
    });
};

/** Every value with its path: `hub.port`, `mappers.external`; lists count as one value. */
function leaves(value: unknown, path = ""): [string, unknown][] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [[path, value]];
  return Object.entries(value).flatMap(([key, child]) => leaves(child, path === "" ? key : `${path}.${key}`));
}
