import { readFile } from "node:fs/promises";
import { WebSocket } from "ws";
import type { LinkRig } from "./linkRig.ts";

/** A WebSocket with an edge's certificate, which says what a test wants. */
export class RawEdge {
  readonly socket: WebSocket;
  /** The code with which it was closed. */
  readonly closed: Promise<number>;
  readonly #frames: Record<string, unknown>[] = [];
  readonly #waiting = new Set<() => void>();

  private constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.on("close", resolve));
    socket.on("error", () => {});
    socket.on("message", (data) => {
      this.#frames.push(JSON.parse(String(data)));
      for (const wake of this.#waiting) wake();
    });
  }

  /** Joins and connects; `target` and `headers` are what a liar would add. */
  static async open(
    rig: LinkRig,
    name: string,
    { target = "/edgeloom/v1/sync", headers = {} }: { target?: string; headers?: Record<string, string> } = {},
  ): Promise<RawEdge> {
    await rig.join(name);
    const [ca, cert, key] = await Promise.all(
      ["ca.crt", "edge.crt", "edge.key"].map((file) => readFile(`${rig.root(name)}/pki/${file}`)),
    );
    const edge = new RawEdge(new WebSocket(`${rig.hubUrl}${target}`, { ca, cert, key, headers }));
    await new Promise((resolve) => edge.socket.once("open", resolve));
    return edge;
  }

  send(frame: object): void {
    this.socket.send(JSON.stringify(frame));
  }

  hello(devices: readonly object[] = []): void {
    this.send({ kind: "edge.hello", protocol: 1, version: "test", store: "s", devices });
  }

  /** The first frame of that kind, if it came already or when it comes. */
  async frame(kind: string): Promise<Record<string, unknown>> {
    for (;;) {
      const found = this.#frames.find((frame) => frame["kind"] === kind);
      if (found) return found;
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve);
      });
    }
  }
}
