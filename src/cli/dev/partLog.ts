import { closeSync, mkdirSync, openSync, renameSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { textOf } from "../../shared/kit/fault.ts";

/** A log that has grown larger is moved aside when its part starts. */
const LOG_BYTES = 20 * 1024 * 1024;

/**
 * The file to which a part's output goes. A log is no reason to stop a plant: what the disk does not take is lost, said
 * once, and said again when it takes more.
 */
export class PartLog {
  readonly #path: string;
  readonly #note: (text: string) => void;
  /** Undefined once closed: a last line may come after its process's end. */
  #fd: number | undefined;
  #failing = false;

  constructor(path: string, note: (text: string) => void) {
    this.#path = path;
    this.#note = note;
    mkdirSync(dirname(path), { recursive: true });
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > LOG_BYTES) renameSync(path, `${path}.1`);
    this.#fd = openSync(path, "a");
  }

  write(text: string | Uint8Array): void {
    if (this.#fd === undefined) return;
    try {
      // At once and in order; a stream would end at its first error.
      writeSync(this.#fd, typeof text === "string" ? Buffer.from(text) : text);
      if (this.#failing) this.#note(`${this.#path} is written again`);
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.#note(`cannot write ${this.#path}: ${textOf(error)}; its lines are lost meanwhile`);
      this.#failing = true;
    }
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}
