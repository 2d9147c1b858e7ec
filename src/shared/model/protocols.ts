import type { JsonObject } from "./device.ts";

export interface BuiltInProtocol {
  readonly name: string;
  /** Other names that manifests use for it, in lower case. */
  readonly aliases: readonly string[];
  /** A `protocol.configData` with none of these is meant for somebody else's mapper. */
  readonly addressKeys: readonly string[];
}

/** The protocols that Edgeloom's own mappers speak. */
export const BUILT_IN_PROTOCOLS: readonly BuiltInProtocol[] = [
  {
    name: "modbus",
    aliases: ["modbus-tcp", "modbustcp", "modbus-rtu", "modbusrtu"],
    addressKeys: ["url", "ip", "serialPort", "serialName"],
  },
];

/** The built-in protocol that a manifest means, whatever its case; undefined: an external mapper's. */
export function protocolOf(name: string): BuiltInProtocol | undefined {
  const wanted = name.trim().toLowerCase();
  return BUILT_IN_PROTOCOLS.find((protocol) => protocol.name === wanted || protocol.aliases.includes(wanted));
}

/** Whether `protocol.configData` says where the device is, in a key that the built-in mapper reads. */
export function hasAddress(protocol: BuiltInProtocol, config: JsonObject): boolean {
  return protocol.addressKeys.some((key) => !isAbsent(config[key]));
}

/** Manifests write "" (and YAML null) for what they do not set. */
export const isAbsent = (value: unknown): boolean => value === undefined || value === null || value === "";
