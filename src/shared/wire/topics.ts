import { type DeviceKey, splitKey } from "../model/device.ts";

/** Every MQTT topic there is (contract, section 5). Nobody builds or takes apart a topic by hand. */
export const topics = {
  /** Retained value of a property. */
  value: (key: DeviceKey, property: string) => `${device(key)}/${encodeName(property)}`,
  /** Retained state of a device. */
  state: (key: DeviceKey) => `${device(key)}/$state`,
  setResult: (key: DeviceKey, property: string) => `${device(key)}/${encodeName(property)}/set/result`,
  methodResult: (key: DeviceKey, method: string) => `${device(key)}/$method/${encodeName(method)}/result`,
  twinUpdateResult: (key: DeviceKey) => `$hw/events/device/${key}/twin/update/result`,
  twinGetResult: (key: DeviceKey) => `$hw/events/device/${key}/twin/get/result`,
} as const;

/** What the edge listens to. */
export const SUBSCRIPTIONS = [
  "devices/+/+/+/set",
  "devices/+/+/$method/+",
  "$hw/events/device/+/+/twin/update",
  "$hw/events/device/+/+/twin/get",
] as const;

/** What a topic that the edge listens to asks for. */
export type Request =
  | { readonly kind: "set"; readonly key: DeviceKey; readonly property: string }
  | { readonly kind: "method"; readonly key: DeviceKey; readonly method: string }
  | { readonly kind: "twinUpdate"; readonly key: DeviceKey }
  | { readonly kind: "twinGet"; readonly key: DeviceKey };

/** What a topic of SUBSCRIPTIONS asks for; undefined for any other topic or one whose names do not decode. */
export function parseRequest(topic: string): Request | undefined {
  const levels = topic.split("/");
  if (levels[0] === "devices") return parseDeviceRequest(levels);
  const [hw, events, kind, namespace, name, twin, verb] = levels;
  if (hw !== "$hw" || events !== "events" || kind !== "device" || twin !== "twin" || levels.length !== 7)
    return undefined;
  if (!namespace || !name) return undefined;
  const key: DeviceKey = `${namespace}/${name}`;
  if (verb === "update") return { kind: "twinUpdate", key };
  if (verb === "get") return { kind: "twinGet", key };
  return undefined;
}

function parseDeviceRequest(levels: readonly string[]): Request | undefined {
  const [, namespace, name, third, fourth] = levels.map(decodeName);
  if (levels.length !== 5 || !namespace || !name || !third || !fourth) return undefined;
  const key: DeviceKey = `${namespace}/${name}`;
  if (levels[3] === "$method") return { kind: "method", key, method: fourth };
  if (levels[4] === "set") return { kind: "set", key, property: third };
  return undefined;
}

function device(key: DeviceKey): string {
  const { namespace, name } = splitKey(key);
  return `devices/${encodeName(namespace)}/${encodeName(name)}`;
}

/** A name as one topic level: only what MQTT gives a meaning to is escaped. */
export function encodeName(name: string): string {
  return name.replaceAll(/[/+#%$]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The name of a topic level; undefined if its escapes are not UTF-8. */
function decodeName(level: string): string | undefined {
  try {
    return decodeURIComponent(level);
  } catch {
    return undefined;
  }
}
