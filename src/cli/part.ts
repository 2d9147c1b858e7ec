import { type Command, InvalidArgumentError } from "commander";
import { checkConfig, layOver, readConfig, type Schema } from "../shared/kit/config.ts";
import { LEVELS, type Level, type Logger } from "../shared/kit/logger.ts";
import type { Cli } from "./cli.ts";

interface PartRun {
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly onReady: (facts: object) => void;
}

/** A part of Edgeloom that runs until it is told to stop: kube, cloud, edge. */
export interface Part<Config> {
  readonly name: string;
  readonly schema: Schema<Config>;
  readonly run: (config: Config, parts: PartRun) => Promise<void>;
}

/** Adds the flags that every part has. */
export function partOptions(command: Command): Command {
  return command
    .option("--config <file>", "configuration file (YAML)")
    .option("--log-level <level>", "debug, info, warn or error", level, "info");
}

/** Reads the configuration (file, then flags over it) and runs the part until the process should end. */
export async function runPart<Config>(
  cli: Cli,
  part: Part<Config>,
  { config: path, logLevel }: { readonly config?: string; readonly logLevel: Level },
  overrides: Record<string, unknown>,
): Promise<void> {
  const config =
    path === undefined
      ? checkConfig(part.schema, layOver({}, overrides), "flags")
      : await readConfig(part.schema, path, { overrides });
  await part.run(config, {
    log: cli.logger(part.name, logLevel),
    signal: cli.signal,
    onReady: (facts) => {
      cli.announce(facts);
      cli.note(
        `${part.name} ready: ${Object.entries(facts)
          .map(([name, value]) => `${name} ${value}`)
          .join(", ")}`,
      );
    },
  });
}

/** A level from a flag. */
export function level(text: string): Level {
  const known = LEVELS.find((each) => each === text);
  if (known !== undefined) return known;
  throw new InvalidArgumentError(`levels are ${LEVELS.join(", ")}.`);
}

/** A port from a flag: 0 (any free one) to 65535. */
export function port(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 0 && number <= 65_535) return number;
  throw new InvalidArgumentError("a port is a number from 0 to 65535; 0 takes any free one.");
}
