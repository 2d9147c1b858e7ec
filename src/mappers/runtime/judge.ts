import { problemsOf, type Schema } from "../../shared/kit/config.ts";
import type { DeviceProperty, DeviceSpec, JsonObject } from "../../shared/model/device.ts";
import { protocolOf } from "../../shared/model/protocols.ts";
import type { Acceptance } from "../../shared/model/twin.ts";
import type { Driver } from "../driver.ts";

/** A property and where the driver finds it. */
export interface ServedPoint {
  readonly property: DeviceProperty;
  readonly point: unknown;
}

/** Why a property cannot be served; the others are. */
interface UnservedProperty {
  readonly property: string;
  readonly reason: "ConfigInvalid" | "NoVisitor";
}

export type Judgement =
  | { readonly kind: "external"; readonly acceptance: Acceptance }
  | { readonly kind: "refused"; readonly acceptance: Acceptance }
  | {
      readonly kind: "served";
      readonly acceptance: Acceptance;
      readonly device: unknown;
      readonly points: readonly ServedPoint[];
      readonly unserved: readonly UnservedProperty[];
    };

/** Whether the driver can serve a device as it is configured; problems carry the path below `spec`, unknown keys are named. */
export function judge(driver: Driver, spec: DeviceSpec): Judgement {
  const { config } = spec.protocol;
  if (driver.serves?.(config) === false) {
    const message = `protocol.configData has none of the address keys of ${driver.name}, so an external mapper is expected`;
    return { kind: "external", acceptance: { accepted: true, reason: "ExternalMapper", message } };
  }
  const device = check(driver.device, config, "protocol.configData");
  if (device.kind === "wrong") return refused("ConfigInvalid", device.problems.join("; "));
  const missing = driver.unsupported?.(device.value);
  if (missing !== undefined) return refused("NotSupported", missing);
  return judgeProperties(driver, spec, device.value);
}

/** A device that is not served, and why. */
export function refused(reason: string, message: string): Extract<Judgement, { kind: "refused" }> {
  return { kind: "refused", acceptance: { accepted: false, reason, message } };
}

function judgeProperties(driver: Driver, spec: DeviceSpec, device: unknown): Judgement {
  const points: ServedPoint[] = [];
  const unserved: UnservedProperty[] = [];
  const problems: string[] = [];
  const notes = unknownOf(driver, "device", spec.protocol.config, "protocol.configData");
  for (const property of spec.properties) {
    if (property.visitor === undefined) {
      unserved.push({ property: property.name, reason: "NoVisitor" });
      problems.push(`properties[${property.name}].visitors: is missing, so there is nothing to read`);
      continue;
    }
    const result = judgeVisitor(driver, property.name, property.visitor);
    if (result.kind === "right") {
      points.push({ property, point: result.value });
      notes.push(...unknownOf(driver, "point", property.visitor.config, pathOf(property.name)));
    } else {
      unserved.push({ property: property.name, reason: "ConfigInvalid" });
      problems.push(...result.problems);
    }
  }
  if (points.length === 0 && problems.length > 0) return refused("ConfigInvalid", problems.join("; "));
  const reason = problems.length === 0 ? "Accepted" : "PartlyAccepted";
  const acceptance = { accepted: true, reason, message: [...problems, ...notes].join("; ") };
  return { kind: "served", acceptance, device, points, unserved };
}

type Checked =
  | { readonly kind: "right"; readonly value: unknown }
  | { readonly kind: "wrong"; readonly problems: string[] };

function judgeVisitor(driver: Driver, name: string, visitor: NonNullable<DeviceProperty["visitor"]>): Checked {
  const { protocol, config } = visitor;
  if (protocol !== "" && (protocolOf(protocol)?.name ?? protocol) !== driver.name) {
    const problem = `properties[${name}].visitors.protocolName: ${protocol} is not the device's protocol, ${driver.name}`;
    return { kind: "wrong", problems: [problem] };
  }
  return check(driver.point, config, pathOf(name));
}

const pathOf = (name: string): string => `properties[${name}].visitors.configData`;

function check(schema: Schema<unknown>, config: JsonObject, path: string): Checked {
  const result = schema.safeParse(config);
  if (result.success) return { kind: "right", value: result.data };
  return { kind: "wrong", problems: problemsOf(result.error).map((problem) => `${path}.${problem}`) };
}

function unknownOf(driver: Driver, part: "device" | "point", config: JsonObject, path: string): string[] {
  const unknown = driver.unknownKeys?.(part, config) ?? [];
  return unknown.map((key) => `${path}.${key}: ${driver.name} does not know this key; it is kept and has no effect`);
}
