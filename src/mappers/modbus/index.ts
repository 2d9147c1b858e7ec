import { Fault } from "../../shared/kit/fault.ts";
import { unknownKeys } from "../../shared/model/configKey.ts";
import type { JsonObject } from "../../shared/model/device.ts";
import { type ModbusDevice, type ModbusPoint, modbusDevice, modbusPoint } from "../../shared/model/modbusDialect.ts";
import { modbusProtocolKeys, modbusVisitorKeys } from "../../shared/model/modbusKeys.ts";
import { hasAddress, protocolOf } from "../../shared/model/protocols.ts";
import type { Value } from "../../shared/model/value.ts";
import type { Driver, DriverContext } from "../driver.ts";
import { nearestValue } from "./codec.ts";
import { urlOf } from "./config.ts";
import { connect } from "./connection.ts";
import { ModbusSession } from "./session.ts";

/** Modbus TCP (Modbus Application Protocol V1.1b3; Messaging on TCP/IP V1.0b). */
export const modbus: Driver<ModbusDevice, ModbusPoint> = {
  name: "modbus",
  device: modbusDevice,
  point: modbusPoint,
  unknownKeys: (part: "device" | "point", config: JsonObject) =>
    unknownKeys(part === "device" ? modbusProtocolKeys : modbusVisitorKeys, config),
  serves(config: JsonObject): boolean {
    const protocol = protocolOf("modbus");
    return protocol !== undefined && hasAddress(protocol, config);
  },
  unsupported: (device: ModbusDevice) =>
    device.transport === "tcp"
      ? undefined
      : "Modbus RTU on a serial line is not in this version; reach the device through a Modbus TCP gateway, or leave it to an external mapper",
  line: (device: ModbusDevice) => (device.transport === "tcp" ? urlOf(device) : device.serialPort),
  nearest(point: ModbusPoint, value: Value): Value {
    if (point.table === "input" || point.table === "discrete") {
      const details = { reason: "ReadOnly" };
      throw new Fault("device.refused", `the ${point.table} table of a Modbus device cannot be written`, { details });
    }
    return nearestValue(value, point);
  },
  async open(device: ModbusDevice, { signal }: DriverContext) {
    if (device.transport !== "tcp") throw new Fault("link.unreachable", `${device.serialPort}: not a TCP device`);
    const { host, port, timeoutMs } = device;
    return new ModbusSession(await connect({ host, port, timeoutMs, url: urlOf(device) }, signal));
  },
};
