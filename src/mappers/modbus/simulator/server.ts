import { createServer, type Server, type Socket } from "node:net";
import type { Logger } from "../../../shared/kit/logger.ts";
import { answerPdu, type Bank } from "./pdu.ts";

const HEADER = 6;
/** Unit and PDU (Modbus Messaging on TCP/IP V1.0b, 3.1.3). */
const MAX_LENGTH = 254;

/** A Modbus TCP device on a raw socket: answers requests in their order, and ends connections that do not speak Modbus. */
export function createModbusServer(bank: Bank, log: Logger): Server {
  return createServer({ noDelay: true }, (socket) => {
    let rest: Buffer = Buffer.alloc(0);
    socket.on("error", (error) => log.debug("connection lost", { error }));
    socket.on("data", (chunk) => {
      rest = answerAll(socket, rest.length === 0 ? chunk : Buffer.concat([rest, chunk]), bank);
    });
  });
}

/** Answers every whole frame and gives back what is left. */
function answerAll(socket: Socket, received: Buffer, bank: Bank): Buffer {
  let rest = received;
  while (rest.length > HEADER) {
    const [protocol, length] = [rest.readUInt16BE(2), rest.readUInt16BE(4)];
    if (protocol !== 0 || length < 2 || length > MAX_LENGTH) {
      socket.destroy();
      return Buffer.alloc(0);
    }
    if (rest.length < HEADER + length) break;
    const unit = rest[HEADER] ?? 0;
    const pdu = answerPdu(unit, rest.subarray(HEADER + 1, HEADER + length), bank);
    socket.write(frame(rest.readUInt16BE(0), unit, pdu));
    rest = rest.subarray(HEADER + length);
  }
  return rest;
}

/** One frame: MBAP header, unit, PDU. */
export function frame(transaction: number, unit: number, pdu: Buffer): Buffer {
  const bytes = Buffer.alloc(HEADER + 1 + pdu.length);
  bytes.writeUInt16BE(transaction, 0);
  bytes.writeUInt16BE(pdu.length + 1, 4);
  bytes[HEADER] = unit;
  pdu.copy(bytes, HEADER + 1);
  return bytes;
}
