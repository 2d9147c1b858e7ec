import { connect, createServer, type Server, type Socket } from "node:net";
import { listen } from "../../src/shared/kit/listen.ts";

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
}

/** Stands between two ends of a TCP connection and does to it what networks do. `up` is towards the target. */
export class TcpProxy {
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  readonly #dropped = { up: false, down: false };
  port = 0;

  private constructor(target: () => number) {
    this.#server = createServer((near) => {
      const far = connect(target(), "127.0.0.1");
      const pair = { near, far };
      this.#pairs.add(pair);
      this.#carry(near, far, "up");
      this.#carry(far, near, "down");
      for (const socket of [near, far]) socket.on("error", () => socket.destroy());
    });
  }

  /** Listens on a free port; the target's port is asked for at each connection. */
  static async open(target: () => number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    proxy.port = await listen(proxy.#server, { host: "127.0.0.1", port: 0, what: "the proxy", flag: "-" });
    return proxy;
  }

  /** Bytes in these directions vanish from now on, also on new connections; nobody is told. */
  drop(directions: { readonly up?: boolean; readonly down?: boolean }): void {
    Object.assign(this.#dropped, directions);
  }

  /** Nothing is read from either end any more, so their buffers fill. Existing connections only. */
  stall(): void {
    for (const { near, far } of this.#pairs) for (const socket of [near, far]) socket.pause();
  }

  /** Both ends get an RST. */
  reset(): void {
    for (const { near, far } of this.#pairs) for (const socket of [near, far]) socket.resetAndDestroy();
    this.#pairs.clear();
  }

  async close(): Promise<void> {
    for (const { near, far } of this.#pairs) for (const socket of [near, far]) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #carry(from: Socket, to: Socket, direction: "up" | "down"): void {
    from.on("data", (chunk: Buffer) => {
      if (!this.#dropped[direction] && !to.destroyed) to.write(chunk);
    });
    from.on("close", () => {
      // A network that drops bytes drops the goodbye as well.
      if (!this.#dropped[direction]) to.destroy();
    });
  }
}
