import type { Socket } from "node:net";
import { PacketSizeGuard } from "./packetSizeGuard.ts";

/** What may wait in memory for one client to read it. */
const WRITE_BUDGET_BYTES = 1 << 20;

interface Bounds {
  readonly maxPacketBytes: number;
  onTooSlow(): void;
  onTooLarge(): void;
}

/**
 * Bounds what one client can cost, in place on its socket, since aedes reads and writes it directly.
 *
 * Writing always says "go on": at "wait for drain" aedes would make every publisher of the same topics wait for this
 * one reader. Who does not read is cut off instead once the budget is used up. Reading stops at an oversized packet.
 */
export function boundSocket(socket: Socket, { maxPacketBytes, onTooSlow, onTooLarge }: Bounds): Socket {
  const write = socket.write.bind(socket) as (chunk: Uint8Array | string, ...rest: unknown[]) => boolean;
  socket.write = (chunk: Uint8Array | string, ...rest: unknown[]) => {
    write(chunk, ...rest);
    if (socket.writableLength > WRITE_BUDGET_BYTES && !socket.destroyed) {
      onTooSlow();
      socket.destroy();
    }
    return true;
  };
  const guard = new PacketSizeGuard(maxPacketBytes);
  const read = socket.read.bind(socket) as (size?: number) => Buffer | null;
  socket.read = (size?: number) => {
    const chunk = read(size);
    if (chunk === null || guard.accepts(chunk)) return chunk;
    if (!socket.destroyed) onTooLarge();
    socket.destroy();
    return null;
  };
  return socket;
}
