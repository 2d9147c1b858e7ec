import type { ModbusDevice, ModbusPoint } from "../../shared/model/modbusDialect.ts";

/** A device that this build reaches: over TCP. */
export type TcpDevice = Extract<ModbusDevice, { transport: "tcp" }>;

export const urlOf = ({ host, port }: TcpDevice): string => `tcp://${host.includes(":") ? `[${host}]` : host}:${port}`;

/** Limits of one request (Modbus Application Protocol V1.1b3, 6.1–6.4). */
export const MAX_READ: Readonly<Record<ModbusPoint["table"], number>> = {
  coil: 2000,
  discrete: 2000,
  input: 125,
  holding: 125,
};

/** What a device answers instead of data (V1.1b3, 7): the word for people, and a sentence. */
export const EXCEPTIONS: Readonly<Record<number, { readonly reason: string; readonly text: string }>> = {
  1: { reason: "IllegalFunction", text: "the device does not know this function for this table" },
  2: { reason: "IllegalDataAddress", text: "the device has no such address" },
  3: { reason: "IllegalDataValue", text: "the device does not take this value" },
  4: { reason: "DeviceFailure", text: "the device failed while doing it" },
  5: { reason: "Acknowledge", text: "the device needs longer and has begun" },
  6: { reason: "DeviceBusy", text: "the device is busy with something else" },
  7: { reason: "NegativeAcknowledge", text: "the device cannot do this now" },
  8: { reason: "MemoryParityError", text: "the device's memory failed its check" },
  10: { reason: "GatewayPathUnavailable", text: "the gateway has no way to this unit" },
  11: { reason: "GatewayTargetNoResponse", text: "the gateway got no answer from this unit" },
};
