import { type Command, Option } from "commander";
import type { Level, Logger } from "../shared/kit/logger.ts";

/** What a command may know of its process; main.ts alone touches the real one. */
export interface Cli {
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborts when the process should end (SIGINT, SIGTERM, or a parent that went away). */
  readonly signal: AbortSignal;
  /** True if stderr is a terminal: then, and only then, colours and lines that overwrite themselves. */
  readonly isTerminal: boolean;
  /** The program's own entry, to start it again as a child. */
  readonly entry: string;
  /** Data: stdout, one line break added. */
  print(text: string): void;
  /** Progress and hints: stderr, one line break added. */
  note(text: string): void;
  /** Tells a parent process (`edgeloom dev`) that this part serves, and where. */
  announce(facts: object): void;
  /** JSON lines on stdout. */
  logger(name: string, level: Level): Logger;
}

/** Adds one command to the program. One file per command in commands/, listed in main.ts. */
export type AddCommand = (program: Command, cli: Cli) => void;

/** The examples that end a command's `--help`. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join("\n")}\n`;
}

/** `-o json`, for a command that prints data. */
export const jsonOption = (): Option => new Option("-o, --output <format>", "json prints an object").choices(["json"]);
