import { createServer, type Server, type Socket } from "node:net";
import { answerPdu, type Bank, ModbusException } from "../../src/mappers/modbus/simulator/pdu.ts";
import { frame } from "../../src/mappers/modbus/simulator/server.ts";
import { listen } from "../../src/shared/kit/listen.ts";
import type { ModbusTable } from "../../src/shared/model/modbusKeys.ts";

export interface ModbusRequest {
  readonly transaction: number;
  readonly unit: number;
  readonly pdu: Buffer;
  readonly socket: Socket;
}

/** What the partner does with one request; `answer` is the right frame. */
export type Misbehaviour = (request: ModbusRequest, answer: Buffer) => void;

const sendAs = (change: (answer: Buffer) => Buffer | undefined): Misbehaviour => {
  return ({ socket }, answer) => void socket.write(change(Buffer.from(answer)) ?? answer);
};
const withPdu = ({ transaction, unit }: ModbusRequest, ...pdu: readonly number[]): Buffer =>
  frame(transaction, unit, Buffer.from(pdu));
const set = (bytes: Buffer, at: number, value: number): Buffer => {
  bytes[at] = value;
  return bytes;
};

/** Everything that a partner gets wrong in the field. */
export const misbehaviours = {
  silent: () => {},
  wrongTransaction: sendAs((answer) => set(answer, 1, (answer[1] ?? 0) + 1)),
  wrongUnit: sendAs((answer) => set(answer, 6, (answer[6] ?? 0) + 1)),
  wrongFunction: sendAs((answer) => set(answer, 7, answer[7] === 4 ? 3 : 4)),
  tooShort: sendAs((answer) => set(answer.subarray(0, -2), 5, (answer[5] ?? 0) - 2)),
  tooLong: sendAs((answer) => set(Buffer.concat([answer, Buffer.from([0xba, 0xad])]), 5, (answer[5] ?? 0) + 2)),
  byteCountTooHigh: sendAs((answer) => set(answer, 8, (answer[8] ?? 0) + 2)),
  byteCountTooLow: sendAs((answer) => set(answer, 8, (answer[8] ?? 0) - 2)),
  hugeLengthField: sendAs((answer) => set(answer, 4, 0xff)),
  garbage: ({ socket }) => void socket.write(Buffer.alloc(64, 0x5a)),
  finMidFrame: ({ socket }, answer) => void socket.end(answer.subarray(0, answer.length - 1)),
  reset: ({ socket }) => void socket.resetAndDestroy(),
  resetMidFrame: ({ socket }, answer) => void socket.write(answer.subarray(0, 5), () => socket.resetAndDestroy()),
  exceptionOfAnotherUnit: (request) =>
    void request.socket.write(set(withPdu(request, (request.pdu[0] ?? 0) | 0x80, 2), 6, request.unit + 1)),
  wrongEcho: sendAs((answer) => set(answer, answer.length - 1, (answer.at(-1) ?? 0) ^ 1)),
} satisfies Readonly<Record<string, Misbehaviour>>;

/** An exception instead of an answer. */
export const exception =
  (code: number): Misbehaviour =>
  (request) =>
    void request.socket.write(withPdu(request, (request.pdu[0] ?? 0) | 0x80, code));

/** A Modbus TCP device in a test's hand: registers that are there, and a script of what it does with requests. */
export class FaultyModbusServer implements Bank {
  /** Holding and input registers, and coils and discrete inputs; what is missing is answered with exception 2. */
  readonly registers = new Map<number, number>();
  readonly bits = new Map<number, number>();
  readonly requests: ModbusRequest[] = [];
  /** Added to every register of a unit, so that an answer shows whose it is. */
  readonly bias = new Map<number, number>();
  /** Connections since the start. */
  accepted = 0;
  /** What happens to requests that no script says anything about. */
  otherwise: Misbehaviour = ({ socket }, answer) => void socket.write(answer);
  #script: Misbehaviour[] = [];
  #server: Server | undefined;
  #port = 0;
  readonly #sockets = new Set<Socket>();

  get port(): number {
    return this.#port;
  }

  /** Connections that are open now. */
  get open(): number {
    return this.#sockets.size;
  }

  /** Listens, after a stop on the same port again. */
  async start(): Promise<this> {
    this.#server = createServer({ noDelay: true }, (socket) => this.#serve(socket));
    this.#port = await listen(this.#server, { host: "127.0.0.1", port: this.#port, what: "a test", flag: "none" });
    return this;
  }

  /** Resets all connections and refuses new ones. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of this.#sockets) socket.resetAndDestroy();
    await closed;
  }

  /** The next requests are treated so, one after another. */
  next(...script: readonly Misbehaviour[]): void {
    this.#script.push(...script);
  }

  read(unit: number, table: ModbusTable, address: number, count: number): readonly number[] {
    const cells = table === "coil" || table === "discrete" ? this.bits : this.registers;
    return Array.from({ length: count }, (_, index) => {
      const cell = cells.get(address + index);
      if (cell === undefined) throw new ModbusException(2);
      return cell + (this.bias.get(unit) ?? 0);
    });
  }

  write(_unit: number, table: ModbusTable, address: number, words: readonly number[]): void {
    const cells = table === "coil" ? this.bits : this.registers;
    for (const index of words.keys()) if (!cells.has(address + index)) throw new ModbusException(2);
    for (const [index, word] of words.entries()) cells.set(address + index, word);
  }

  #serve(socket: Socket): void {
    this.accepted += 1;
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    socket.on("error", () => {}); // the client resets what it does not trust
    let rest: Buffer = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length > 6 && rest.length >= 6 + rest.readUInt16BE(4)) {
        const end = 6 + rest.readUInt16BE(4);
        const request = { transaction: rest.readUInt16BE(0), unit: rest[6] ?? 0, pdu: rest.subarray(7, end), socket };
        rest = rest.subarray(end);
        this.requests.push(request);
        const answer = frame(request.transaction, request.unit, answerPdu(request.unit, request.pdu, this));
        (this.#script.shift() ?? this.otherwise)(request, answer);
      }
    });
  }
}
