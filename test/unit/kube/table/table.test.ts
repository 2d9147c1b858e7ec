import { describe, expect, test } from "vitest";
import type { JsonObject, JsonValue } from "../../../../src/kube/json.ts";
import { isObject, listAt, objectAt } from "../../../../src/kube/json.ts";
import { builtInPrinter } from "../../../../src/kube/table/builtInPrinters.ts";
import { customResourcePrinter } from "../../../../src/kube/table/printers.ts";
import { tableOf, tableRow } from "../../../../src/kube/table/table.ts";
import { recordedDefinition } from "../../../support/recordings.ts";

const NOW = Date.parse("2020-01-01T00:01:00Z");
const created = { name: "a", creationTimestamp: "2020-01-01T00:00:55Z" };
const widgetVersion =
  (listAt(objectAt(recordedDefinition("widgets"), "spec"), "versions") ?? []).filter(isObject)[0] ?? {};

describe("custom resources", () => {
  const printer = customResourcePrinter(widgetVersion);

  test("cells have the type of their column, and missing ones are null", () => {
    const object = {
      metadata: created,
      spec: { color: "red", replicas: 1, weight: 2.5, enabled: true, serial: "AB-1234", tags: ["x", "y"] },
      status: { lastSeen: "2020-01-01T00:00:00Z", conditions: [{ type: "Ready", status: "True" }] },
    };
    expect(printer.cells(object, NOW)).toEqual(["a", "red", 1, 2.5, true, "True", "60s", "AB-1234", '["x","y"]', "5s"]);
    expect(printer.cells({ metadata: created, spec: {} }, NOW).slice(1, -1)).toEqual(Array(8).fill(null));
  });

  test("a value that does not fit its column is left empty", () => {
    const object = { metadata: created, spec: { replicas: "many", weight: true }, status: { lastSeen: "noon" } };
    expect(printer.cells(object, NOW)).toEqual(["a", null, null, null, null, null, "<invalid>", null, null, "5s"]);
  });

  test("without columns of their own they have Name and Age", () => {
    const plain = customResourcePrinter({});
    expect(plain.columns.map(({ name, type }) => `${name} ${type}`)).toEqual(["Name string", "Age date"]);
  });
});

describe("built-ins", () => {
  const node = {
    metadata: { ...created, labels: { "node-role.kubernetes.io/edge": "" } },
    spec: { unschedulable: true },
    status: {
      conditions: [{ type: "Ready", status: "Unknown" }],
      addresses: [{ type: "InternalIP", address: "192.0.2.1" }],
      nodeInfo: {
        kubeletVersion: "v1.32.0",
        osImage: "Linux",
        kernelVersion: "6.1",
        containerRuntimeVersion: "none://1",
      },
    },
  };
  const event = {
    metadata: { name: "e", creationTimestamp: "2020-01-01T00:00:00Z" },
    involvedObject: { kind: "Widget", name: "one" },
    type: "Normal",
    reason: "Painted",
    message: "now red\n",
    source: { component: "painter" },
    firstTimestamp: "2020-01-01T00:00:00Z",
    lastTimestamp: "2020-01-01T00:00:50Z",
    count: 3,
  };

  test.each<[string, string, JsonObject, JsonValue[]]>([
    [
      "",
      "Node",
      node,
      ["a", "NotReady,SchedulingDisabled", "edge", "5s", "v1.32.0", "192.0.2.1", "<none>", "Linux", "6.1", "none://1"],
    ],
    [
      "",
      "Node",
      { metadata: created },
      ["a", "Unknown", "<none>", "5s", "", "<none>", "<none>", "<unknown>", "<unknown>", "<unknown>"],
    ],
    ["", "Namespace", { metadata: created, status: { phase: "Active" } }, ["a", "Active", "5s"]],
    ["", "Secret", { metadata: created, type: "Opaque", data: { a: "" } }, ["a", "Opaque", "1", "5s"]],
    ["", "ConfigMap", { metadata: created, data: { a: "" }, binaryData: { b: "" } }, ["a", "2", "5s"]],
    ["", "ServiceAccount", { metadata: created }, ["a", "0", "5s"]],
    [
      "",
      "Service",
      { metadata: created, spec: { ports: [{ port: 80 }] } },
      ["a", "ClusterIP", "<none>", "<none>", "80/TCP", "5s"],
    ],
    ["", "Pod", { metadata: created, spec: { containers: [{}] } }, ["a", "0/1", "Unknown", "5s"]],
    ["", "Event", event, ["10s", "Normal", "Painted", "widget/one", "", "painter", "now red", "60s", "3", "e"]],
    ["coordination.k8s.io", "Lease", { metadata: created, spec: { holderIdentity: "me" } }, ["a", "me", "5s"]],
    ["apiextensions.k8s.io", "CustomResourceDefinition", { metadata: created }, ["a", "2020-01-01T00:00:55Z"]],
    ["other", "Thing", { metadata: created }, ["a", "5s"]],
  ])("%s/%s", (group, kind, object, cells) => {
    const printer = builtInPrinter(group, kind);
    expect(printer.cells(object, NOW)).toEqual(cells);
    expect(printer.columns).toHaveLength(cells.length);
  });

  test("an event written through events.k8s.io shows the same", () => {
    const { involvedObject, message, source, firstTimestamp, lastTimestamp, count, ...rest } = event;
    const face = {
      ...rest,
      regarding: involvedObject,
      note: message,
      deprecatedSource: source,
      deprecatedFirstTimestamp: firstTimestamp,
      deprecatedLastTimestamp: lastTimestamp,
      deprecatedCount: count,
    };
    expect(builtInPrinter("events.k8s.io", "Event").cells(face, NOW)).toEqual(
      builtInPrinter("", "Event").cells(event, NOW),
    );
  });
});

describe("tables", () => {
  const printer = builtInPrinter("", "Namespace");
  const object = { kind: "Namespace", apiVersion: "v1", metadata: created, status: { phase: "Active" } };

  test.each<["None" | "Metadata" | "Object", JsonValue]>([
    ["None", null],
    ["Metadata", { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: created }],
    ["Object", object],
  ])("a row includes %s", (include, wanted) => {
    expect(tableRow(printer, object, { include, version: "v1", nowMs: NOW })["object"]).toEqual(wanted);
  });

  test("columns come once, in later events of a watch they are null", () => {
    const first = tableOf(printer, [], { metadata: {}, version: "v1", withColumns: true });
    const later = tableOf(printer, [], { metadata: {}, version: "v1beta1", withColumns: false });
    expect(listAt(first, "columnDefinitions")).toHaveLength(3);
    expect(later).toMatchObject({ columnDefinitions: null, apiVersion: "meta.k8s.io/v1beta1" });
  });
});
