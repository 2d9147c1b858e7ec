import type { Server, Socket } from "node:net";

/** The connections of a server, with those that have not finished their TLS handshake, which no HTTP server can close. */
export class OpenSockets {
  readonly #open = new Set<Socket>();

  constructor(server: Server) {
    server.on("connection", (socket: Socket) => {
      this.#open.add(socket);
      socket.once("close", () => this.#open.delete(socket));
    });
  }

  destroy(): void {
    for (const socket of this.#open) socket.destroy();
  }
}
