import { isoTime } from "../../shared/kit/time.ts";
import type { DeviceResource } from "../../shared/model/resources/device.ts";
import { isFinal, orderText } from "../../shared/model/twin.ts";
import { wantedOf } from "./desired.ts";
import type { Finding } from "./finding.ts";
import type { DesiredRecord, StatusRecord } from "./statusRecord.ts";

/** A device may have a thousand properties. */
const MAX_MESSAGE = 4000;

type Shortfall = readonly [status: "False" | "Unknown", reason: string, message: string];

/** DesiredApplied and LocalOverride. */
export function desiredConditions(record: StatusRecord, device: DeviceResource): readonly Finding[] {
  return [desiredApplied(record, device), localOverride(record)];
}

/** True only if each desired value of the spec is in its device. Of several shortfalls the first final one gives the reason. */
function desiredApplied({ desired }: StatusRecord, device: DeviceResource): Finding {
  const type = "DesiredApplied";
  const wishes = wantedOf(device).map(({ property }) => property);
  if (wishes.length === 0) {
    return { type, status: "True", reason: "NothingDesired", message: "No desired value is set." };
  }
  const shortfalls = wishes.flatMap((property): Shortfall[] => {
    const shortfall = shortfallOf(property, desired[property]);
    return shortfall === undefined ? [] : [shortfall];
  });
  const first = shortfalls.find(([status]) => status === "False") ?? shortfalls[0];
  if (first === undefined) {
    return { type, status: "True", reason: "Applied", message: `Read back from the device: ${wishes.join(", ")}.` };
  }
  const [status, reason] = first;
  const messages = shortfalls.map(([, , message]) => message).join("; ");
  return { type, status, reason, message: messages.slice(0, MAX_MESSAGE) };
}

function shortfallOf(property: string, desired: DesiredRecord | undefined): Shortfall | undefined {
  if (desired === undefined) return ["Unknown", "InProgress", `${property}: not numbered yet`];
  const { state, reason, message, order, diverged } = desired;
  const what = `${property} (change ${orderText(order)})`;
  if (order.local > 0) return ["False", "LocalOverride", `${property}: set by MQTT since (change ${orderText(order)})`];
  if (diverged) return ["False", "Diverged", `${what}: applied, but the device has another value now`];
  if (!isFinal(state)) return ["Unknown", "InProgress", `${what}: ${state}`];
  if (state === "verified") return undefined;
  const name = `${state.slice(0, 1).toUpperCase()}${state.slice(1)}`;
  return ["False", reason || name, `${what}: ${message || state}`];
}

function localOverride({ desired }: StatusRecord): Finding {
  const type = "LocalOverride";
  const overrides = Object.entries(desired).filter(([, { order }]) => order.local > 0);
  if (overrides.length === 0) {
    return { type, status: "False", reason: "NoOverride", message: "Nobody at the edge has set another value." };
  }
  const message = overrides
    .map(([property, { value, origin, requestedAt, order }]) => {
      return `${property}=${value} by ${origin} at ${isoTime(requestedAt)} (change ${orderText(order)})`;
    })
    .join("; ");
  return { type, status: "True", reason: "SetAtTheEdge", message: message.slice(0, MAX_MESSAGE) };
}
