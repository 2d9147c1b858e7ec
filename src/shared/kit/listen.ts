import { readdir, readFile, readlink } from "node:fs/promises";
import type { AddressInfo, ListenOptions, Server } from "node:net";
import { Fault, textOf } from "./fault.ts";

export interface ListenRequest {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** What listens, for the error: "the hub". */
  readonly what: string;
  /** The flag or configuration key that changes the port, for the error: "--hub-port". */
  readonly flag: string;
}

/** Opens a listener and gives the port it got. A taken port is `config.portTaken`, with its owner where it can be read. */
export async function listen(server: Server, { host, port, what, flag }: ListenRequest): Promise<number> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host, port } satisfies ListenOptions, () => {
        server.off("error", reject);
        resolve();
      });
    });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "EADDRINUSE") {
      const owner = await ownerOf(port);
      const by = owner === undefined ? "another process" : owner;
      throw new Fault("config.portTaken", `port ${port} for ${what} is taken by ${by}; choose another with ${flag}`, {
        cause,
        details: { port, flag, owner },
      });
    }
    throw new Fault("config.invalid", `cannot listen on ${host}:${port} for ${what}: ${textOf(cause)}; see ${flag}`, {
      cause,
    });
  }
  return (server.address() as AddressInfo).port;
}

/** `name (pid N)` of who listens on a TCP port, read from /proc; undefined where that cannot be read. */
async function ownerOf(port: number): Promise<string | undefined> {
  try {
    const tables = await Promise.all(["/proc/net/tcp", "/proc/net/tcp6"].map((path) => readFile(path, "latin1")));
    const hex = port.toString(16).toUpperCase().padStart(4, "0");
    const inodes = tables
      .flatMap((table) => table.split("\n").map((line) => line.trim().split(/\s+/)))
      .filter(([, local, , state]) => local?.endsWith(`:${hex}`) && state === "0A")
      .map((columns) => `socket:[${columns[9]}]`);
    if (inodes.length === 0) return undefined;
    for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
      if (await holds(pid, inodes)) return `${(await readFile(`/proc/${pid}/comm`, "utf8")).trim()} (pid ${pid})`;
    }
  } catch {
    // Not Linux, or not ours to see: the error is useful without it.
  }
  return undefined;
}

async function holds(pid: string, inodes: readonly string[]): Promise<boolean> {
  try {
    for (const fd of await readdir(`/proc/${pid}/fd`)) {
      if (inodes.includes(await readlink(`/proc/${pid}/fd/${fd}`))) return true;
    }
  } catch {
    // Ended meanwhile, or another user's.
  }
  return false;
}
