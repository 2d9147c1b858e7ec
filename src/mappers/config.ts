import { parseArgs } from "node:util";
import { z } from "zod";
import { checkConfig } from "../shared/kit/config.ts";
import { LEVELS } from "../shared/kit/logger.ts";

const mapperConfig = z.strictObject({
  protocol: z.string().min(1).describe("Which built-in protocol this process speaks."),
  logLevel: z.enum(LEVELS).default("info").describe("Least level that is logged."),
});

export type MapperConfig = z.infer<typeof mapperConfig>;

/** The command line of a mapper process: `PROTOCOL [--log-level LEVEL]`. Throws `config.invalid`. */
export function readArguments(args: string[]): MapperConfig {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: { "log-level": { type: "string" } },
  });
  return checkConfig(mapperConfig, { protocol: positionals[0], logLevel: values["log-level"] }, "mapper process");
}
