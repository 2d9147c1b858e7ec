import { describe, expect, test } from "vitest";
import { builtInSchema } from "../../../../src/kube/builtins/builtIns.ts";
import { toCoreEvent, toEventsV1 } from "../../../../src/kube/builtins/events.ts";
import { taintNewNode } from "../../../../src/kube/builtins/node.ts";
import type { JsonObject } from "../../../../src/kube/json.ts";

function schemaOf(kind: string, group = "") {
  const schema = builtInSchema(group, "v1", kind);
  if (schema === undefined) {
    throw new Error(`${kind} is no built-in`);
  }
  return schema;
}

/** The object as it would be stored. */
function settled(kind: string, object: JsonObject, group = ""): JsonObject {
  const schema = schemaOf(kind, group);
  schema.prune(object);
  schema.applyDefaults(object);
  return object;
}

function causes(
  kind: string,
  object: JsonObject,
  { group = "", old }: { group?: string; old?: JsonObject } = {},
): string[] {
  return schemaOf(kind, group)
    .validate(settled(kind, object, group), old)
    .map(({ field, message }) => `${field}: ${message}`);
}

describe("typed decoding speaks Go", () => {
  test.each<[string, string, JsonObject, string]>([
    [
      "ConfigMap",
      "",
      { data: { a: 5 } },
      "json: cannot unmarshal number into Go struct field ConfigMap.data of type string",
    ],
    [
      "ConfigMap",
      "",
      { data: [] },
      "json: cannot unmarshal array into Go struct field ConfigMap.data of type map[string]string",
    ],
    [
      "ConfigMap",
      "",
      { immutable: "yes" },
      "json: cannot unmarshal string into Go struct field ConfigMap.immutable of type bool",
    ],
    ["ConfigMap", "", { binaryData: { k: "***" } }, "illegal base64 data at input byte 0"],
    ["ConfigMap", "", { binaryData: { k: "AAE" } }, "illegal base64 data at input byte 0"],
    [
      "Node",
      "",
      { spec: { taints: [{ key: 5 }] } },
      "json: cannot unmarshal number into Go struct field Taint.spec.taints.key of type string",
    ],
    ["Node", "", { spec: [] }, "json: cannot unmarshal array into Go struct field Node.spec of type v1.NodeSpec"],
    [
      "Node",
      "",
      { status: { capacity: { cpu: "much" } } },
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
    [
      "Lease",
      "coordination.k8s.io",
      { spec: { leaseDurationSeconds: 1.5 } },
      "json: cannot unmarshal number 1.5 into Go struct field LeaseSpec.spec.leaseDurationSeconds of type int32",
    ],
    [
      "Lease",
      "coordination.k8s.io",
      { spec: { renewTime: "now" } },
      'parsing time "now" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "now" as "2006"',
    ],
    [
      "Lease",
      "coordination.k8s.io",
      { spec: { renewTime: "2020-01-01T00:00:00Z" } },
      'parsing time "2020-01-01T00:00:00Z" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "Z" as ".000000"',
    ],
  ])("%s %s %j", (kind, group, object, mistake) => {
    expect(schemaOf(kind, group).mistake(object)).toBe(mistake);
  });

  test("unknown members are named and removed, nulls and empties vanish", () => {
    const object: JsonObject = { metadata: { name: "a", labels: {}, nope: 1 }, data: null, dat: {}, immutable: false };
    expect(schemaOf("ConfigMap").prune(object)).toEqual(["metadata.nope", "dat"]);
    expect(object).toEqual({ metadata: { name: "a" }, immutable: false });
  });

  test("judging alone changes nothing", () => {
    const object = { metadata: { name: "a", labels: {} }, data: null, dat: {} };
    const before = structuredClone(object);
    schemaOf("ConfigMap").mistake(object);
    expect(object).toEqual(before);
  });

  test("times and quantities get their canonical form", () => {
    const object = settled("Node", {
      spec: { taints: [{ key: "a", effect: "NoSchedule", timeAdded: "2020-01-01T02:00:00.7+02:00" }] },
      status: { capacity: { cpu: "1000m", memory: "1024Ki", pods: 110, storage: "1.5Gi", odd: "0.0005" } },
    });
    expect(object).toMatchObject({
      spec: { taints: [{ timeAdded: "2020-01-01T00:00:00Z" }] },
      status: { capacity: { cpu: "1", memory: "1Mi", pods: "110", storage: "1536Mi", odd: "500u" } },
    });
  });

  test("a pod is stored as it comes", () => {
    const object: JsonObject = { spec: { anything: [null] } };
    expect([schemaOf("Pod").mistake(object), schemaOf("Pod").prune(object)]).toEqual([undefined, []]);
    expect(object).toEqual({ spec: { anything: [null] } });
  });
});

describe("nodes", () => {
  test("have what Go's Node always writes, and allocatable from capacity", () => {
    const node = settled("Node", {
      metadata: { name: "n" },
      status: { capacity: { cpu: "2" }, conditions: [{ type: "Ready", status: "True" }] },
    });
    expect(node).toMatchObject({
      status: {
        allocatable: { cpu: "2" },
        daemonEndpoints: { kubeletEndpoint: { Port: 0 } },
        nodeInfo: { machineID: "", architecture: "" },
        conditions: [{ lastHeartbeatTime: null, lastTransitionTime: null }],
      },
    });
  });

  test("a new node is tainted until it is ready, once", () => {
    const node: JsonObject = {};
    taintNewNode(node);
    taintNewNode(node);
    expect(node).toEqual({ spec: { taints: [{ key: "node.kubernetes.io/not-ready", effect: "NoSchedule" }] } });
  });

  test("keep their providerID and have valid CIDRs and taints", () => {
    const old = { spec: { providerID: "x://1" } };
    expect(
      causes(
        "Node",
        { spec: { providerID: "x://2", podCIDR: "nonsense", taints: [{ key: "a", effect: "Never" }] } },
        { old },
      ),
    ).toEqual([
      'spec.podCIDRs[0]: Invalid value: "nonsense": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
      'spec.providerID: Forbidden: node updates may not change providerID except from "" to valid',
      'metadata.taints[0].effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
    ]);
  });

  test("are selected by spec.unschedulable, which is false when absent", () => {
    expect(schemaOf("Node").fieldValue({}, "spec.unschedulable")).toBe("false");
    expect(schemaOf("Node").fieldValue({ spec: { unschedulable: true } }, "spec.unschedulable")).toBe("true");
  });
});

describe("secrets and config maps", () => {
  test("stringData goes into data, over what is there", () => {
    const secret = settled("Secret", { stringData: { user: "admin" }, data: { pass: "c2VjcmV0", user: "b3RoZXI=" } });
    expect(secret).toEqual({ data: { pass: "c2VjcmV0", user: "YWRtaW4=" }, type: "Opaque" });
  });

  test("a type is fixed and may ask for keys", () => {
    expect(causes("Secret", { type: "kubernetes.io/tls" })).toEqual([
      "data[tls.crt]: Required value",
      "data[tls.key]: Required value",
    ]);
    expect(causes("Secret", { type: "other" }, { old: { type: "Opaque" } })).toEqual([
      'type: Invalid value: "other": field is immutable',
    ]);
  });

  test("immutable means immutable", () => {
    const old = { immutable: true, data: { k: "v" } };
    expect(causes("ConfigMap", { data: { k: "w" } }, { old })).toEqual([
      "immutable: Forbidden: field is immutable when `immutable` is set",
      "data: Forbidden: field is immutable when `immutable` is set",
    ]);
    expect(causes("ConfigMap", { immutable: true, data: { k: "v" } }, { old })).toEqual([]);
  });

  test("keys are file names, in one of the two maps", () => {
    expect(causes("ConfigMap", { data: { "bad key!": "", k: "" }, binaryData: { k: "AAEC" } })).toEqual([
      "data[bad key!]: Invalid value: \"bad key!\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
      'data[k]: Invalid value: "k": duplicate of key present in binaryData',
    ]);
  });

  test("data over 1 MiB is too much", () => {
    expect(causes("ConfigMap", { data: { k: "x".repeat(1024 * 1024 + 1) } })).toEqual([
      ": Too long: may not be more than 1048576 bytes",
    ]);
  });
});

test("a namespace is labelled with its name, whatever was written", () => {
  const label = { "kubernetes.io/metadata.name": "n" };
  expect(settled("Namespace", { metadata: { name: "n" } })).toEqual({ metadata: { name: "n", labels: label } });
  const other = { metadata: { name: "n", labels: { "kubernetes.io/metadata.name": "other" } } };
  expect(settled("Namespace", other)).toEqual({ metadata: { name: "n", labels: label } });
});

test("a lease lasts, and its transitions only grow", () => {
  const spec = { leaseDurationSeconds: 0, leaseTransitions: -1 };
  expect(causes("Lease", { spec }, { group: "coordination.k8s.io" })).toEqual([
    "spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0",
    "spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0",
  ]);
});

describe("events have two faces", () => {
  const core = settled("Event", {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: "e1", namespace: "here" },
    involvedObject: { kind: "Widget", name: "a", namespace: "here" },
    reason: "Painted",
    message: "now red",
    type: "Normal",
    count: 3,
    source: { component: "painter" },
    lastTimestamp: "2020-01-01T00:01:00Z",
  });

  test("and back again it is the same event", () => {
    const face = toEventsV1(core);
    expect(face).toMatchObject({ regarding: { name: "a" }, note: "now red", deprecatedCount: 3, eventTime: null });
    expect(face).not.toHaveProperty("reportingController");
    expect(toCoreEvent(face)).toEqual(core);
  });

  test("selectors find it by what it is about", () => {
    const schema = schemaOf("Event");
    expect(["involvedObject.name", "reason", "source"].map((path) => schema.fieldValue(core, path))).toEqual([
      "a",
      "Painted",
      "painter",
    ]);
    expect(schema.fieldValue(core, "involvedObject.uid")).toBe("");
  });

  test("it lies in the namespace of what it is about", () => {
    const event = { metadata: { namespace: "here" }, involvedObject: { namespace: "elsewhere" } };
    expect(causes("Event", event)).toEqual([
      'involvedObject.namespace: Invalid value: "elsewhere": does not match event.namespace',
    ]);
  });

  test("one of events.k8s.io must say when", () => {
    expect(causes("Event", {}, { group: "events.k8s.io" })).toEqual(["eventTime: Required value"]);
  });
});
