import { type ChildProcess, fork } from "node:child_process";
import { createWriteStream, mkdirSync, renameSync, statSync, type WriteStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Fault } from "../../shared/kit/fault.ts";
import { systemClock } from "../../shared/kit/time.ts";

const RESTART_MS = 1000;
/** A log that has grown larger is moved aside when its part starts. */
const LOG_BYTES = 20 * 1024 * 1024;

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
  readonly #log: WriteStream;
  #process: ChildProcess | undefined;
  #facts: Readonly<Record<string, string>> = {};
  #lastWords = "";
  #stopping = false;

  constructor(parts: ChildParts) {
    this.#parts = parts;
    const folder = join(parts.dataDir, parts.name);
    mkdirSync(folder, { recursive: true });
    const path = join(folder, `${parts.name}.log`);
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > LOG_BYTES) renameSync(path, `${path}.1`);
    this.#log = createWriteStream(path, { flags: "a" });
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
    const why = this.#lastWords.replace(/^edgeloom: /, "") || `${this.#parts.name} ended with code ${code}`;
    throw new Fault(code === 2 ? "config.invalid" : "link.closed", why);
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
    this.#log.end();
  }

  /** Starts it once; resolves without a code when it serves, with one when it ended before that. */
  #run(): Promise<{ code?: number }> {
    const { entry, args, env, name, note, onServing } = this.#parts;
    const child = fork(entry, args, {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: { ...env, EDGELOOM_CHILD: name },
    });
    this.#process = child;
    child.stdout?.pipe(this.#log, { end: false });
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
        note(`${name} ended (${signal ?? `code ${code}`}); starting it again in 1 s`);
        void this.#restart();
      });
    });
  }

  async #restart(): Promise<void> {
    try {
      for (;;) {
        await systemClock.sleep(RESTART_MS, this.#parts.signal);
        if (this.#stopping) return;
        const { code } = await this.#run();
        if (code === undefined) return this.#parts.note(`${this.#parts.name} serves again`);
        this.#parts.note(`${this.#parts.name} did not start (${this.#lastWords}); trying again`);
      }
    } catch (error) {
      if (!this.#parts.signal.aborted) throw error;
    }
  }
}
