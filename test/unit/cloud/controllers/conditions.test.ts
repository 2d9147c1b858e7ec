import { expect, test } from "vitest";
import { conditionsOf, findingsOn, type Presence } from "../../../../src/cloud/controllers/conditions.ts";
import { severityOf, transitionsBetween } from "../../../../src/cloud/controllers/deviceHappenings.ts";
import type { Resolution } from "../../../../src/cloud/controllers/resolve.ts";
import { type DesiredRecord, EMPTY_RECORD, type StatusRecord } from "../../../../src/cloud/controllers/statusRecord.ts";
import type { Condition } from "../../../../src/shared/model/resources/condition.ts";
import type { DeviceResource } from "../../../../src/shared/model/resources/device.ts";

function device({ node = "edge-1", desired }: { node?: string; desired?: string }): DeviceResource {
  return {
    apiVersion: "devices.kubeedge.io/v1beta1",
    kind: "Device",
    metadata: { name: "d", namespace: "ns", uid: "u", generation: 4 },
    spec: {
      deviceModelRef: { name: "m" },
      protocol: { protocolName: "modbus" },
      nodeName: node,
      properties: [{ name: "s", ...(desired === undefined ? {} : { desired: { value: desired } }) }],
    },
  };
}

const resolution: Resolution = {
  kind: "resolved",
  spec: {
    key: "ns/d",
    uid: "u",
    protocol: { name: "modbus", config: {} },
    properties: [],
    methods: [],
    paused: false,
    reportState: true,
  },
  problems: [],
  notes: [],
};

function said(
  type: string,
  facts: {
    node?: string;
    desired?: string;
    presence?: Presence;
    resolution?: Resolution;
    record?: Partial<StatusRecord>;
  },
): string {
  const found = findingsOn({
    device: device(facts),
    resolution: facts.resolution ?? resolution,
    presence: facts.presence ?? "connected",
    record: { ...EMPTY_RECORD, ...facts.record },
  }).find((finding) => finding.type === type);
  return `${found?.status} ${found?.reason}`;
}

const missing: Resolution = { kind: "unresolved", reason: "ModelMissing", message: "no model" };
const desired = (over: Partial<DesiredRecord>): Partial<StatusRecord> => ({
  desired: {
    s: {
      value: "42",
      order: { spec: 1, local: 0 },
      origin: "spec",
      requestedAt: 0,
      state: "verified",
      reason: "",
      message: "",
      diverged: false,
      ...over,
    },
  },
});
const inState = (state: "online" | "offline" | "unhealthy" | "unknown", reason = ""): Partial<StatusRecord> => ({
  state: { state, reason, message: "", since: 0 },
});

const cameToNothing = { order: { spec: 1, local: 1 }, state: "expired" } as const;
const shown42 = { s: { value: "42", type: "INT", quality: "good", reason: "", at: 0, version: 1 } } as const;

test.each([
  ["Assigned", {}, "True Assigned"],
  ["Assigned", { node: "" }, "False NoNode"],
  ["Assigned", { presence: "absent" }, "False NodeUnknown"],
  ["Assigned", { resolution: missing }, "False ModelMissing"],
  ["Accepted", {}, "Unknown Pending"],
  ["Accepted", { resolution: missing }, "False ModelMissing"],
  [
    "Accepted",
    { record: { acceptance: { accepted: true, reason: "ExternalMapper", message: "" } } },
    "True ExternalMapper",
  ],
  [
    "Accepted",
    { record: { acceptance: { accepted: false, reason: "ConfigInvalid", message: "" } } },
    "False ConfigInvalid",
  ],
  [
    "Accepted",
    {
      resolution: { ...resolution, problems: ["spec.properties[x]: no"] },
      record: { acceptance: { accepted: true, reason: "Accepted", message: "" } },
    },
    "True PartlyAccepted",
  ],
  ["Connected", { presence: "never" }, "Unknown NodeNeverConnected"],
  ["Connected", { presence: "gone", record: inState("online") }, "Unknown NodeDisconnected"],
  ["Connected", { presence: "away", record: inState("online") }, "True Online"],
  ["Connected", { record: { ...inState("online"), lost: "Reassigned" } }, "Unknown Reassigned"],
  ["Connected", { record: inState("online") }, "True Online"],
  ["Connected", { record: inState("offline", "Timeout") }, "False Timeout"],
  ["Connected", { record: inState("unhealthy") }, "False MapperFailed"],
  ["Connected", { record: inState("unknown", "Paused") }, "Unknown Paused"],
  ["DesiredApplied", {}, "True NothingDesired"],
  ["DesiredApplied", { desired: "42" }, "Unknown InProgress"],
  ["DesiredApplied", { desired: "42", record: desired({ state: "written" }) }, "Unknown InProgress"],
  ["DesiredApplied", { desired: "42", record: desired({}) }, "True Applied"],
  ["DesiredApplied", { desired: "42", record: desired({ diverged: true }) }, "False Diverged"],
  ["DesiredApplied", { desired: "42", record: desired({ state: "mismatch" }) }, "False Mismatch"],
  ["DesiredApplied", { desired: "42", record: desired({ state: "rejected", reason: "ReadOnly" }) }, "False ReadOnly"],
  ["DesiredApplied", { desired: "42", record: desired({ order: { spec: 1, local: 1 } }) }, "False LocalOverride"],
  ["LocalOverride", {}, "False NoOverride"],
  ["LocalOverride", { record: desired({ order: { spec: 1, local: 1 } }) }, "True SetAtTheEdge"],
  ["LocalOverride", { record: desired(cameToNothing) }, "False NoOverride"],
  ["DesiredApplied", { desired: "42", record: desired(cameToNothing) }, "False LocalOverride"],
  ["DesiredApplied", { desired: "42", record: { ...desired(cameToNothing), reported: shown42 } }, "True Applied"],
] as const)("%s of %o is %s", (type, facts, wanted) => {
  expect(said(type, facts)).toBe(wanted);
});

const condition = (type: string, status: Condition["status"], reason: string, since = "then"): Condition => ({
  type,
  status,
  reason,
  message: "",
  lastTransitionTime: since,
});

test("a time of transition stays while the status does, and what others say stays as it is", () => {
  const before = [condition("Connected", "False", "Timeout"), condition("Foreign", "True", "Theirs")];
  const findings = [
    { type: "Connected", status: "False", reason: "Refused", message: "" },
    { type: "Accepted", status: "True", reason: "Accepted", message: "" },
  ] as const;
  expect(conditionsOf(findings, { before, generation: 4, now: 0 })).toMatchObject([
    { type: "Connected", reason: "Refused", lastTransitionTime: "then", observedGeneration: 4 },
    { type: "Accepted", lastTransitionTime: "1970-01-01T00:00:00Z" },
    { type: "Foreign", reason: "Theirs" },
  ]);
});

test("an Event tells of what has come to be different, not of how a Device begins", () => {
  const before = [condition("Assigned", "True", "Assigned"), condition("Connected", "True", "Online")];
  const after = [
    condition("Assigned", "True", "Assigned"),
    condition("Connected", "False", "Timeout"),
    condition("Accepted", "Unknown", "Pending"),
  ];
  expect(transitionsBetween(before, after).map(({ type }) => type)).toEqual(["Connected"]);
});

test.each([
  ["Connected", "False", "Warning"],
  ["Connected", "True", "Normal"],
  ["PushMethodIgnored", "True", "Warning"],
  ["LocalOverride", "True", "Normal"],
] as const)("%s=%s is worth a %s", (type, status, severity) => {
  expect(severityOf(condition(type, status, "X"))).toBe(severity);
});
