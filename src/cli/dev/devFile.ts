import { rm } from "node:fs/promises";
import { layOver } from "../../shared/kit/config.ts";
import { readIfThere, writeWholeFile } from "../../shared/kit/wholeFile.ts";

type Content = Record<string, unknown>;

/**
 * DIR/dev.json. Where another `edgeloom dev` runs other parts on the same directory, the file names the parts of both;
 * one that fails or ends beside it leaves what the other wrote.
 */
export class DevFile {
  readonly #path: string;
  #other: Content | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Removes what a process left that is gone: nothing serves there any more. */
  async dropStale(): Promise<void> {
    if ((await this.#readOther()) === undefined) await rm(this.#path, { force: true });
  }

  async write(content: Content): Promise<void> {
    this.#other = (await this.#readOther()) ?? this.#other;
    await this.#put(layOver(this.#other ?? {}, { ready: true, pid: process.pid, ...content }));
  }

  /** Takes back what `write` wrote. */
  async remove(): Promise<void> {
    if ((await this.#read())?.["pid"] !== process.pid) return;
    if (this.#other !== undefined && lives(this.#other)) await this.#put(this.#other);
    else await rm(this.#path, { force: true });
  }

  async #put(content: Content): Promise<void> {
    await writeWholeFile(this.#path, `${JSON.stringify(content, null, 2)}\n`, 0o600);
  }

  /** What another process wrote that lives. */
  async #readOther(): Promise<Content | undefined> {
    const content = await this.#read();
    return content !== undefined && content["pid"] !== process.pid && lives(content) ? content : undefined;
  }

  /** undefined if it is not there, or if it is not JSON. */
  async #read(): Promise<Content | undefined> {
    try {
      return JSON.parse((await readIfThere(this.#path)) ?? "") as Content;
    } catch {
      return undefined;
    }
  }
}

function lives({ pid }: Content): boolean {
  try {
    return typeof pid === "number" && process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
