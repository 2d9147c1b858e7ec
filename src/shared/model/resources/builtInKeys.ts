import { modbusProtocolKeys, modbusVisitorKeys } from "../modbusKeys.ts";
import { inheritedKeyRules, isNamed, type KnownKeys, keyProperties, keyRules } from "./knownKeys.ts";
import type { CelRule } from "./schema.ts";

const protocolKeys: KnownKeys = { protocol: "modbus", keys: modbusProtocolKeys };
const visitorKeys: KnownKeys = { protocol: "modbus", keys: modbusVisitorKeys };

/** What a built-in protocol reads from `protocol.configData`, described. */
export const protocolConfig = { properties: keyProperties(protocolKeys) };

/** What a built-in protocol reads from `visitors.configData`, described. */
export const visitorConfig = { properties: keyProperties(visitorKeys) };

/** Rules of `Device.spec.protocol`. */
export const protocolRules: readonly CelRule[] = keyRules(protocolKeys, {
  gate: isNamed("modbus", "self.protocolName"),
  config: "self.configData",
  fieldPath: ".configData",
});

/** Rules of `DeviceModel.spec`. */
export const modelRules: readonly CelRule[] = [
  ...keyRules(protocolKeys, {
    gate: `has(self.protocol) && ${isNamed("modbus", "self.protocol")}`,
    config: "self.protocolConfigData",
    fieldPath: ".protocolConfigData",
  }),
  ...inheritedKeyRules(visitorKeys, `has(self.protocol) && ${isNamed("modbus", "self.protocol")}`),
];

/** Rules of `Device.spec`. */
export const deviceRules: readonly CelRule[] = inheritedKeyRules(
  visitorKeys,
  isNamed("modbus", "self.protocol.protocolName"),
);

/** Rules of `visitors`, in models and Devices alike. */
export const visitorRules: readonly CelRule[] = [
  ...keyRules(visitorKeys, {
    gate: `has(self.protocolName) && ${isNamed("modbus", "self.protocolName")}`,
    config: "self.configData",
    fieldPath: ".configData",
  }),
  {
    // Only where one configData says both: otherwise the model may say the rest.
    rule: `!(has(self.protocolName) && ${isNamed("modbus", "self.protocolName")}) || !has(self.configData) || !has(self.configData.limit) || !has(self.configData.dataType) || has(self.configData.rawType) || self.configData.limit in [1, 2, 4] || self.configData.limit in ['1', '2', '4', ''] || self.configData.limit == null || !(self.configData.dataType in ['int', 'float', 'double', 'boolean'])`,
    message: "limit must be 1, 2 or 4 registers for a number; other lengths are for dataType string and bytes",
    fieldPath: ".configData.limit",
  },
];
