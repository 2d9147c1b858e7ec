import type { DeviceSpec } from "../../shared/model/device.ts";
import { hasAddress, protocolOf } from "../../shared/model/protocols.ts";

/** Who reaches a device: one of our own mappers, by its protocol's name, or a third party over MQTT. */
export type Server =
  | { readonly kind: "mapper"; readonly protocol: string }
  | { readonly kind: "external"; readonly why: string };

/** `external`: protocols that the edge's configuration leaves to others, by any of their names. */
export function servedBy({ protocol }: DeviceSpec, external: readonly string[]): Server {
  const builtIn = protocolOf(protocol.name);
  if (builtIn === undefined) return { kind: "external", why: `no built-in mapper speaks ${protocol.name}` };
  if (external.some((name) => protocolOf(name) === builtIn)) {
    return { kind: "external", why: `mappers.external leaves ${builtIn.name} to others` };
  }
  if (hasAddress(builtIn, protocol.config)) return { kind: "mapper", protocol: builtIn.name };
  return { kind: "external", why: `protocol.configData has none of ${builtIn.addressKeys.join(", ")}` };
}
