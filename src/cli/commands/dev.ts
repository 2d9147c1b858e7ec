import { Option } from "commander";
import type { Level } from "../../shared/kit/logger.ts";
import { type AddCommand, examples } from "../cli.ts";
import { Dev } from "../dev/dev.ts";
import { PARTS, type PartName, PORTS, type PortName, partList, settle } from "../dev/settings.ts";
import { level, port } from "../part.ts";

type Flags = {
  readonly dataDir: string;
  readonly parts: readonly PartName[];
  readonly sim: boolean;
  readonly logLevel: Level;
} & Readonly<Record<PortName, number>>;

export const addDev: AddCommand = (program, cli) => {
  const command = program
    .command("dev", { isDefault: false })
    .description("everything on one machine: Kubernetes API, cloud, one edge, simulated devices")
    .option("--data-dir <dir>", "everything it keeps is below it", ".edgeloom")
    .addOption(
      new Option("--parts <list>", `which parts to run, of ${PARTS.join(",")}`)
        .argParser(partList)
        .default([...PARTS], "all"),
    )
    .option("--no-sim", "without simulators, sample models and devices")
    .option("--log-level <level>", "debug, info, warn or error (logs are DIR/PART/PART.log)", level, "info");
  for (const { flag, default: preset, what } of Object.values(PORTS))
    command.option(`${flag} <port>`, what, port, preset);
  command
    .addHelpText(
      "after",
      examples(
        "edgeloom dev",
        "edgeloom dev --data-dir /tmp/demo --kube-port 0 --mqtt-port 0",
        "edgeloom dev --parts kube,cloud",
      ),
    )
    .action(async (flags: Flags) => {
      const ports = Object.fromEntries(Object.keys(PORTS).map((name) => [name, flags[name as PortName]])) as Record<
        PortName,
        number
      >;
      await new Dev(cli, await settle({ ...flags, ports })).run();
    });
};
