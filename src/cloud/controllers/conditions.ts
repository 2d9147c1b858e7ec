import { isoSeconds } from "../../shared/kit/time.ts";
import type { DeviceState } from "../../shared/model/device.ts";
import type { Condition } from "../../shared/model/resources/condition.ts";
import type { DeviceResource } from "../../shared/model/resources/device.ts";
import { desiredConditions } from "./desiredConditions.ts";
import type { Finding } from "./finding.ts";
import type { Resolution } from "./resolve.ts";
import type { StatusRecord } from "./statusRecord.ts";

/**
 * What is known of a node: `absent`: there is no Node of that name; `never`: enrolled, not seen yet; `away`: gone for
 * less than the grace; `gone`: for longer.
 */
export type Presence = "absent" | "never" | "connected" | "away" | "gone";

interface Facts {
  readonly device: DeviceResource;
  readonly resolution: Resolution;
  readonly presence: Presence;
  readonly record: StatusRecord;
}

/** All that there is to say of a Device, as conditions. Pure, and without the time, so that nothing new reads as it was. */
export function findingsOn(facts: Facts): readonly Finding[] {
  const { resolution, record, device } = facts;
  const notes = resolution.kind === "resolved" ? resolution.notes : [];
  return [
    assigned(facts),
    accepted(facts),
    connected(facts),
    ...desiredConditions(record, device),
    ...notes.map(({ kind, message }): Finding => ({ type: kind, status: "True", reason: kind, message })),
  ];
}

/** What other controllers say of a Device is left as it is. */
const OURS: ReadonlySet<string> = new Set([
  "Assigned",
  "Accepted",
  "Connected",
  "DesiredApplied",
  "LocalOverride",
  "Nanoseconds",
  "PushMethodIgnored",
]);

/** Findings as conditions, after those of `before`: a time of transition stays where the status does. */
export function conditionsOf(
  findings: readonly Finding[],
  {
    before,
    generation,
    now,
  }: { readonly before: readonly Condition[]; readonly generation: number; readonly now: number },
): readonly Condition[] {
  const ours = findings.map((finding) => {
    const last = before.find(({ type }) => type === finding.type);
    return {
      ...finding,
      observedGeneration: generation,
      lastTransitionTime: last?.status === finding.status ? last.lastTransitionTime : isoSeconds(now),
    };
  });
  return [...ours, ...before.filter(({ type }) => !OURS.has(type))];
}

function assigned({ device, resolution, presence }: Facts): Finding {
  const node = device.spec.nodeName ?? "";
  const not = (reason: string, message: string): Finding => ({ type: "Assigned", status: "False", reason, message });
  if (node === "") return not("NoNode", "spec.nodeName names no node; name one of: kubectl get nodes");
  if (resolution.kind === "unresolved") return not(resolution.reason, resolution.message);
  if (presence === "absent") {
    return not("NodeUnknown", `spec.nodeName: there is no Node ${node}; enrol it with edgeloom join`);
  }
  return { type: "Assigned", status: "True", reason: "Assigned", message: `Node ${node} has the device.` };
}

function accepted({ resolution, record }: Facts): Finding {
  const finding = (status: Finding["status"], reason: string, message: string): Finding => ({
    type: "Accepted",
    status,
    reason,
    message,
  });
  if (resolution.kind === "unresolved") return finding("False", resolution.reason, resolution.message);
  const { acceptance } = record;
  const problems = resolution.problems.join("; ");
  if (acceptance === undefined) {
    return finding("Unknown", "Pending", sentence("The edge has not judged the configuration yet.", problems));
  }
  if (!acceptance.accepted) {
    return finding("False", acceptance.reason || "Refused", sentence(acceptance.message, problems));
  }
  if (problems !== "") return finding("True", "PartlyAccepted", sentence(`Left out: ${problems}`, acceptance.message));
  return finding("True", acceptance.reason || "Accepted", acceptance.message || "The configuration is good.");
}

function connected({ device, resolution, presence, record }: Facts): Finding {
  const finding = (status: Finding["status"], reason: string, message: string): Finding => ({
    type: "Connected",
    status,
    reason,
    message,
  });
  const node = device.spec.nodeName ?? "";
  if (node === "" || resolution.kind === "unresolved" || presence === "absent") {
    return finding("Unknown", "NotAssigned", "No node has the device.");
  }
  if (presence === "never") return finding("Unknown", "NodeNeverConnected", `Node ${node} has not connected yet.`);
  if (presence === "gone" || record.lost === "NodeDisconnected") {
    return finding("Unknown", "NodeDisconnected", `Node ${node} is away; the values are the last that it sent.`);
  }
  if (record.lost !== "") return finding("Unknown", record.lost, `Node ${node} has not reported the device yet.`);
  const { state = "unknown", reason = "", message = "" } = record.state ?? {};
  const [status, defaultReason, defaultMessage] = CONNECTED[state];
  return finding(status, reason || defaultReason, message || defaultMessage);
}

const CONNECTED: Readonly<Record<DeviceState, readonly [Finding["status"], string, string]>> = {
  online: ["True", "Online", "The device answers."],
  offline: ["False", "Offline", "The device does not answer."],
  unhealthy: ["False", "MapperFailed", "The mapper of the device has failed."],
  unknown: ["Unknown", "NotReported", "Nobody has reported the device's state yet."],
};

const sentence = (...parts: readonly string[]): string => parts.filter((part) => part !== "").join(" ");
