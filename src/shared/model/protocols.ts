import type { JsonObject } from "./device.ts";

export interface BuiltInProtocol {
  readonly name: string;
  /** Other names that manifests use for it, in lower case. */
  readonly aliases: readonly string[];
  /** A `protocol.configData` with none of these is meant for somebody else's mapper. */
  readonly addressKeys: readonly string[];
  /** Keys that say the same thing in two words: who sets one means that the other does not count. */
  readonly rivals: readonly (readonly [readonly string[], readonly string[]])[];
}

/** The protocols that Edgeloom's own mappers speak. */
export const BUILT_IN_PROTOCOLS: readonly BuiltInProtocol[] = [
  {
    name: "modbus",
    aliases: ["modbus-tcp", "modbustcp", "modbus-rtu", "modbusrtu"],
    addressKeys: ["url", "ip", "serialPort", "serialName"],
    rivals: [
      [["url"], ["ip", "port", "communicateMode", "serialPort", "serialName"]],
      [["unitId"], ["slaveID"]],
      [["timeoutMs"], ["timeout"]],
      [["table"], ["register"]],
      [["address"], ["offset"]],
      [["byteOrder"], ["isSwap"]],
      [["wordOrder"], ["isRegisterSwap"]],
    ],
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

/**
 * A model's configData under an instance's, whose keys win one by one, as in KubeEdge. Where the two use different
 * words for the same thing, the instance's word counts and the model's is dropped.
 */
export function mergeConfig(
  protocol: BuiltInProtocol | undefined,
  ofModel: Readonly<Record<string, unknown>> = {},
  own: Readonly<Record<string, unknown>> = {},
): JsonObject {
  const says = (keys: readonly string[]) => keys.some((key) => !isAbsent(own[key]));
  const beaten = (protocol?.rivals ?? []).flatMap(([ours, theirs]) => [
    ...(says(ours) ? theirs : []),
    ...(says(theirs) ? ours : []),
  ]);
  const kept = Object.entries(ofModel).filter(([key]) => !beaten.includes(key));
  return structuredClone({ ...Object.fromEntries(kept), ...own }) as JsonObject; // manifests are JSON
}

/** Manifests write "" (and YAML null) for what they do not set. */
export const isAbsent = (value: unknown): boolean => value === undefined || value === null || value === "";
