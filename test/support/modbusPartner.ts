import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";

type Listener = (unit: number, address: number, value: number, atMs: number) => void;

/**
 * The least Modbus TCP device: holding registers per unit, FC 3, 6 and 16, no delay of its own, so that a benchmark
 * measures the master. Tells when it first answered with a changed value, and when a register was written.
 */
export class ModbusPartner {
  readonly #units = new Map<number, Uint16Array>();
  readonly #changed = new Map<number, { readonly unit: number; readonly address: number }>();
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  requests = 0;
  onShown: Listener = () => {};
  onWritten: Listener = () => {};

  constructor() {
    this.#server = createServer({ noDelay: true }, (socket) => this.#serve(socket));
  }

  async listen(port = 0): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  /** Stops listening and drops every connection, as a device that loses power; `listen` brings it back. */
  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  /** Changes a register as the process behind it would. */
  set(unit: number, address: number, value: number): void {
    this.#registers(unit)[address] = value;
    this.#changed.set((unit << 16) | address, { unit, address });
  }

  get(unit: number, address: number): number {
    return this.#registers(unit)[address] ?? 0;
  }

  #registers(unit: number): Uint16Array {
    const known = this.#units.get(unit);
    if (known) return known;
    const fresh = new Uint16Array(200);
    this.#units.set(unit, fresh);
    return fresh;
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    let rest = Buffer.alloc(0);
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      while (rest.length >= 8 && rest.length >= 6 + rest.readUInt16BE(4)) {
        const end = 6 + rest.readUInt16BE(4);
        socket.write(this.#answer(rest.subarray(0, end)));
        rest = rest.subarray(end);
      }
    });
  }

  #answer(request: Buffer): Buffer {
    this.requests++;
    const unit = request.readUInt8(6);
    const code = request.readUInt8(7);
    const address = request.readUInt16BE(8);
    const operand = request.readUInt16BE(10);
    if (code === 3) return this.#read(request, unit, address, operand);
    if (code === 6) this.#write(unit, address, operand);
    if (code === 16) for (let i = 0; i < operand; i++) this.#write(unit, address + i, request.readUInt16BE(13 + 2 * i));
    const answer = Buffer.from(request.subarray(0, 12));
    answer.writeUInt16BE(6, 4);
    return answer;
  }

  #read(request: Buffer, unit: number, address: number, count: number): Buffer {
    const registers = this.#registers(unit);
    const answer = Buffer.alloc(9 + 2 * count);
    request.copy(answer, 0, 0, 4);
    answer.writeUInt16BE(3 + 2 * count, 4);
    answer.writeUInt8(unit, 6);
    answer.writeUInt8(3, 7);
    answer.writeUInt8(2 * count, 8);
    for (let i = 0; i < count; i++) answer.writeUInt16BE(registers[address + i] ?? 0, 9 + 2 * i);
    if (this.#changed.size > 0) this.#show(unit, address, count);
    return answer;
  }

  #show(unit: number, from: number, count: number): void {
    for (const [id, { unit: changedUnit, address }] of this.#changed) {
      if (changedUnit !== unit || address < from || address >= from + count) continue;
      this.#changed.delete(id);
      this.onShown(unit, address, this.#registers(unit)[address] ?? 0, performance.now());
    }
  }

  #write(unit: number, address: number, value: number): void {
    this.#registers(unit)[address] = value;
    this.onWritten(unit, address, value, performance.now());
  }
}
