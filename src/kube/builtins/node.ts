import type { JsonObject } from "../json.ts";
import { cloneJson, isObject, listAt, objectAt, textAt } from "../json.ts";
import { fieldForbidden, invalidValue } from "../schema/causes.ts";
import { isCidr } from "../schema/formats.ts";
import type { Cause } from "../status.ts";
import { fillConditionTimes } from "./conditions.ts";

const NODE_INFO = [
  "machineID",
  "systemUUID",
  "bootID",
  "kernelVersion",
  "osImage",
  "containerRuntimeVersion",
  "kubeletVersion",
  "kubeProxyVersion",
  "operatingSystem",
  "architecture",
];
const CIDR_TEXT = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";

/** What Go's Node always writes, and allocatable, which defaults to capacity. */
export function fillNode(node: JsonObject): void {
  const spec = memberOf(node, "spec");
  const status = memberOf(node, "status");
  const capacity = objectAt(status, "capacity");
  if (capacity !== undefined && objectAt(status, "allocatable") === undefined) {
    status["allocatable"] = cloneJson(capacity);
  }
  const endpoint = memberOf(memberOf(status, "daemonEndpoints"), "kubeletEndpoint");
  endpoint["Port"] ??= 0;
  const info = memberOf(status, "nodeInfo");
  for (const member of NODE_INFO) {
    info[member] ??= "";
  }
  fillConditionTimes(node, ["lastHeartbeatTime", "lastTransitionTime"]);
  fillPodCidrs(spec);
}

/** podCIDR is the first of podCIDRs. */
function fillPodCidrs(spec: JsonObject): void {
  const one = textAt(spec, "podCIDR");
  const [first] = listAt(spec, "podCIDRs") ?? [];
  if (one !== undefined && first === undefined) {
    spec["podCIDRs"] = [one];
  } else if (one === undefined && typeof first === "string") {
    spec["podCIDR"] = first;
  }
}

function memberOf(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  if (isObject(value)) {
    return value;
  }
  const fresh: JsonObject = {};
  object[key] = fresh;
  return fresh;
}

/** The admission of a new node: it is not ready until its node agent says so (plugin NodeTaint). */
export function taintNewNode(node: JsonObject): void {
  const spec = memberOf(node, "spec");
  const taints = listAt(spec, "taints") ?? [];
  const key = "node.kubernetes.io/not-ready";
  const has = taints.some((taint) => isObject(taint) && taint["key"] === key && taint["effect"] === "NoSchedule");
  if (!has) {
    spec["taints"] = [...taints, { key, effect: "NoSchedule" }];
  }
}

export function nodeCauses(node: JsonObject, old: JsonObject | undefined): Cause[] {
  const spec = objectAt(node, "spec");
  const before = textAt(objectAt(old, "spec"), "providerID") ?? "";
  const causes = podCidrCauses(spec);
  if (before !== "" && textAt(spec, "providerID") !== before) {
    const text = 'node updates may not change providerID except from "" to valid';
    causes.push(fieldForbidden("spec.providerID", text));
  }
  return [...causes, ...taintCauses(spec)];
}

function podCidrCauses(spec: JsonObject | undefined): Cause[] {
  return (listAt(spec, "podCIDRs") ?? []).flatMap((cidr, i) =>
    typeof cidr === "string" && !isCidr(cidr) ? [invalidValue(`spec.podCIDRs[${i}]`, cidr, CIDR_TEXT)] : [],
  );
}

const EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

function taintCauses(spec: JsonObject | undefined): Cause[] {
  return (listAt(spec, "taints") ?? []).filter(isObject).flatMap((taint, i) => {
    const effect = textAt(taint, "effect") ?? "";
    const at = `metadata.taints[${i}]`;
    if (EFFECTS.includes(effect)) {
      return [];
    }
    return effect === ""
      ? [{ reason: "FieldValueRequired", message: "Required value", field: `${at}.effect` }]
      : [
          {
            reason: "FieldValueNotSupported",
            message: `Unsupported value: ${JSON.stringify(effect)}: supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"`,
            field: `${at}.effect`,
          },
        ];
  });
}
