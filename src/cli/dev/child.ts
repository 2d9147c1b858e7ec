import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Fault } from "../../shared/kit/fault.ts";
import { systemClock } from "../../shared/kit/time.ts";
import { PartLog } from "./partLog.ts";

const RESTART_MS = 1000;
/** With this the last line of a command that failed begins (src/cli/main.ts). */
const COMPLAINT = "edgeloom: ";

export interface ChildParts {
  readonly name: string;
  readonly entry: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Its log goes to DIR/NAME/NAME.log. */
  readonly dataDir: string;
  readonly signal: AbortSignal;
  readonly note: (text: string) => void;
  /** Called at every start that serves; restarts have another pid. */
  readonly onServing: () => void;
}

/** One part of `edgeloom dev` as a child process: waits until it serves, starts it again when it dies. */
export class Child {
  readonly #parts: ChildParts;
  readonly #log: PartLog;
  #process: ChildProcess | undefined;
  #facts: Readonly<Record<string, string>> = {};
  #lastWords = "";
  #stopping = false;

  constructor(parts: ChildParts) {
    this.#parts = parts;
    this.#log = new PartLog(join(parts.dataDir, parts.name, `${parts.name}.log`), parts.note);
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** What it said when it served: URLs by name. */
  get facts(): Readonly<Record<string, string>> {
    return this.#facts;
  }

  /** Resolves when it serves for the first time; rejects with its own last words if it ends before. */
  async start(): Promise<void> {
    const { code } = await this.#run();
    if (code === undefined) return;
    throw new Fault(
      code === 2 ? "config.invalid" : "link.closed",
      this.#cause || `${this.#parts.name} ended (code ${code})`,
    );
  }

  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    const child = this.#process;
    if (child && child.exitCode === null && child.signalCode === null) {
      const late = setTimeout(() => child.kill("SIGKILL"), graceMs);
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await gone;
      clearTimeout(late);
    }
    this.#log.close();
  }

  /** Why it ended, in its own words; "" if it said nothing. */
  get #cause(): string {
    return this.#lastWords.startsWith(COMPLAINT) ? this.#lastWords.slice(COMPLAINT.length) : "";
  }

  /** Starts it once; resolves without a code when it serves, with one when it ended before that. */
  #run(): Promise<{ code?: number }> {
    const { entry, args, env, name, note, onServing } = this.#parts;
    const child = fork(entry, args, {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: { ...env, EDGELOOM_CHILD: name },
    });
    this.#process = child;
    this.#lastWords = "";
    child.stdout?.on("data", (bytes: Buffer) => this.#log.write(bytes));
    if (child.stderr) {
      createInterface(child.stderr).on("line", (line) => {
        this.#lastWords = line;
        this.#log.write(`${line}\n`);
      });
    }
    return new Promise((resolve) => {
      let serving = false;
      child.on("message", (message: { kind?: string; facts?: Record<string, string> }) => {
        if (message.kind !== "ready") return;
        serving = true;
        this.#facts = message.facts ?? {};
        onServing();
        resolve({});
      });
      child.once("close", (code, signal) => {
        if (!serving) return resolve({ code: code ?? 1 });
        if (this.#stopping) return;
        note(`${name} ended (${signal ?? (this.#cause || `code ${code}`)}); starting it again in 1 s`);
        void this.#restart();
      });
    });
  }

  async #restart(): Promise<void> {
    const { name, note, signal } = this.#parts;
    let said: string | undefined;
    try {
      for (;;) {
        await systemClock.sleep(RESTART_MS, signal);
        if (this.#stopping) return;
        const { code } = await this.#run();
        if (code === undefined) return note(`${name} serves again`);
        const why = this.#cause || `code ${code}`;
        if (why !== said) note(`${name} did not start (${why}); trying again each second`);
        said = why;
      }
    } catch (error) {
      if (!this.#parts.signal.aborted) throw error;
    }
  }
}
