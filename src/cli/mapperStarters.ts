import { type ChildProcess, fork } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Level, Logger } from "../shared/kit/logger.ts";
import type { MapperChannel, StartMapper } from "../shared/wire/mapperChannel.ts";

/** How long a mapper may take to close its lines before it is killed. */
const CLOSE_MS = 2000;

/**
 * One child process per protocol: a crash of a native binding does not take the twins with it. Messages are JSON over
 * Node's IPC; what the child prints is its log and goes to ours.
 */
export function forkMappers(log: Logger, level: Level): StartMapper {
  const built = import.meta.url.endsWith(".js");
  const entry = fileURLToPath(new URL(`../mappers/main.${built ? "js" : "ts"}`, import.meta.url));
  return (protocol) => {
    const child = fork(entry, [protocol, "--log-level", level], {
      serialization: "json",
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      execArgv: built ? [] : ["--import", "tsx"],
    });
    return new ChildChannel(child, log.child({ mapper: protocol }));
  };
}

class ChildChannel implements MapperChannel {
  readonly #child: ChildProcess;
  readonly #gone: Promise<void>;
  #onExit: ((reason: string) => void) | undefined;
  #closing = false;

  constructor(child: ChildProcess, log: Logger) {
    this.#child = child;
    let lastWords = "";
    if (child.stdout) createInterface(child.stdout).on("line", (line) => relay(log, line));
    if (child.stderr) createInterface(child.stderr).on("line", (line) => (lastWords = line));
    this.#gone = new Promise((resolve) => {
      const ended = (reason: string) => {
        if (!this.#closing) this.#onExit?.(lastWords === "" ? reason : `${reason}: ${lastWords}`);
        this.#closing = true;
        resolve();
      };
      child.once("exit", (code, signal) => ended(signal ? `ended by ${signal}` : `ended with code ${code}`));
      child.once("error", (error) => ended(`did not start: ${error.message}`));
    });
  }

  send(message: Parameters<MapperChannel["send"]>[0]): void {
    if (this.#child.connected) this.#child.send(message, () => {}); // a child that is gone is told by `exit`
  }

  onMessage(handler: (message: unknown) => void): void {
    this.#child.on("message", handler);
  }

  onExit(handler: (reason: string) => void): void {
    this.#onExit = handler;
  }

  async close(): Promise<void> {
    this.#closing = true;
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const late = setTimeout(() => this.#child.kill("SIGKILL"), CLOSE_MS);
    this.#child.kill("SIGTERM");
    await this.#gone;
    clearTimeout(late);
  }
}

/** A child's log line keeps its level and fields; anything else that it prints is shown as it is. */
function relay(log: Logger, line: string): void {
  try {
    const { level, msg, time: _time, process: _process, ...fields } = JSON.parse(line) as Record<string, unknown>;
    const text = String(msg);
    if (level === "error") log.error(text, fields);
    else if (level === "warn") log.warn(text, fields);
    else if (level === "debug") log.debug(text, fields);
    else log.info(text, fields);
  } catch {
    log.warn("mapper printed", { line });
  }
}
