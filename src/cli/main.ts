import { fileURLToPath } from "node:url";
import { CommanderError } from "commander";
import { isFault, textOf } from "../shared/kit/fault.ts";
import { createLogger } from "../shared/kit/pinoLogger.ts";
import { version } from "../shared/kit/version.ts";
import type { Cli } from "./cli.ts";
import { createProgram } from "./program.ts";

const stop = new AbortController();
let asked = false;
for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.on(name, () => {
    if (asked) process.exit(1);
    asked = true;
    stop.abort();
  });
}
// A part that was started by `edgeloom dev` does not outlive it, however it ended.
process.once("disconnect", () => stop.abort());
// It may have gone while the modules were loaded, and that is not told twice.
if (process.send !== undefined && !process.connected) stop.abort();

const cli: Cli = {
  version,
  env: process.env,
  signal: stop.signal,
  isTerminal: process.stderr.isTTY === true && process.env["NO_COLOR"] === undefined,
  entry: fileURLToPath(new URL("../../bin/edgeloom", import.meta.url)),
  print: (text) => void process.stdout.write(`${text}\n`),
  note: (text) => void process.stderr.write(`${text}\n`),
  announce: (facts) => void process.send?.({ kind: "ready", facts }),
  logger: (name, level) => createLogger({ level, process: name }),
};

const program = createProgram(cli);

process.exitCode = await run();
if (process.connected) process.disconnect();

/** 0 done, 1 failed, 2 wrong usage or configuration: one line of cause, no stack trace (contract, section 2). */
async function run(): Promise<number> {
  try {
    await program.parseAsync();
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (stop.signal.aborted && error === stop.signal.reason) return 0;
    cli.note(`edgeloom: ${causeOf(error)}`);
    if (!isFault(error) && process.env["EDGELOOM_DEBUG"] !== undefined) cli.note(String((error as Error).stack));
    return isFault(error, "config") && error.code !== "config.refused" ? 2 : 1;
  }
}

function causeOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(textOf).join("; ");
  return textOf(error);
}
