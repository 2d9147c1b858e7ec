import { isoTime } from "../../shared/kit/time.ts";
import type { DeviceResource } from "../../shared/model/resources/device.ts";
import { type DesiredState, isFinal, orderText } from "../../shared/model/twin.ts";
import { wantedOf } from "./desired.ts";
import type { Finding } from "./finding.ts";
import type { DesiredRecord, StatusRecord } from "./statusRecord.ts";

/** A device may have a thousand properties. */
const MAX_MESSAGE = 4000;

type Shortfall = readonly [status: "False" | "Unknown", reason: string, message: string];

/** Ends at which the device was left as it was. */
const WITHOUT_EFFECT: readonly DesiredState[] = ["rejected", "expired", "superseded"];

const isOverride = ({ order, state }: DesiredRecord): boolean => order.local > 0 && !WITHOUT_EFFECT.includes(state);

/** DesiredApplied and LocalOverride. */
export function desiredConditions(record: StatusRecord, device: DeviceResource): readonly Finding[] {
  return [desiredApplied(record, device), localOverride(record)];
}

/** True only if each desired value of the spec is in its device. Of several shortfalls the first final one gives the reason. */
function desiredApplied({ desired, reported }: StatusRecord, device: DeviceResource): Finding {
  const type = "DesiredApplied";
  const wanted = wantedOf(device);
  const wishes = wanted.map(({ property }) => property);
  if (wishes.length === 0) {
    return { type, status: "True", reason: "NothingDesired", message: "No desired value is set." };
  }
  const shortfalls = wanted.flatMap(({ property, value }): Shortfall[] => {
    const shortfall = shortfallOf(property, desired[property], reported[property]?.value === value);
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

function shortfallOf(property: string, desired: DesiredRecord | undefined, isShown: boolean): Shortfall | undefined {
  if (desired === undefined) return ["Unknown", "InProgress", `${property}: not numbered yet`];
  const { state, reason, message, order, diverged } = desired;
  const what = `${property} (change ${orderText(order)})`;
  // A set at the edge that came to nothing has left what the spec wants in place.
  if (order.local > 0 && !isOverride(desired) && isShown) return undefined;
  if (order.local > 0) return ["False", "LocalOverride", `${property}: set by MQTT since (change ${orderText(order)})`];
  if (diverged) return ["False", "Diverged", `${what}: applied, but the device has another value now`];
  if (!isFinal(state)) return ["Unknown", "InProgress", `${what}: ${state}`];
  if (state === "verified") return undefined;
  const name = `${state.slice(0, 1).toUpperCase()}${state.slice(1)}`;
  return ["False", reason || name, `${what}: ${message || state}`];
}

function localOverride({ desired }: StatusRecord): Finding {
  const type = "LocalOverride";
  const overrides = Object.entries(desired).filter(([, each]) => isOverride(each));
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
