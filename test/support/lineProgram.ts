import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A program that is driven line by line: what it prints can be waited for, what it is asked is answered by one line. */
export class LineProgram {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #waiting: ((line: string) => void)[] = [];

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    this.#child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"], env });
    if (this.#child.stdout) {
      createInterface(this.#child.stdout).on("line", (line) => {
        const next = this.#waiting.shift();
        if (next) next(line);
        else this.#lines.push(line);
      });
    }
  }

  /** Lines that were printed and not taken by `next` or `ask`. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  next(): Promise<string> {
    const line = this.#lines.shift();
    return line === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(line);
  }

  ask(line: string): Promise<string> {
    this.#child.stdin?.write(`${line}\n`);
    return this.next();
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill(signal);
    await gone;
  }
}
