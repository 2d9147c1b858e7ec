import type { JsonObject, JsonValue } from "../json.ts";
import { isObject, listAt, objectAt, textAt } from "../json.ts";
import { ageOf } from "./age.ts";
import { ageColumn, type Column, metaDescription, type Printer, printerOf } from "./printers.ts";

/** The columns of built-in kinds (kubernetes/pkg/printers/internalversion), by group and kind. */
export function builtInPrinter(group: string, kind: string): Printer {
  return PRINTERS.get(`${group}/${kind}`) ?? DEFAULT;
}

const AGE = ageColumn("string");

function text(name: string, description: string, cell: (object: JsonObject, nowMs: number) => JsonValue): Column {
  return { name, description, cell };
}

function wide(name: string, description: string, cell: (object: JsonObject, nowMs: number) => JsonValue): Column {
  return { name, description, priority: 1, cell };
}

const NAMESPACE = printerOf([
  text("Status", "The status of the namespace", (object) => textAt(objectAt(object, "status"), "phase") ?? ""),
  AGE,
]);

const NODE = printerOf([
  text("Status", "The status of the node", nodeStatus),
  text("Roles", "The roles of the node", nodeRoles),
  AGE,
  text("Version", "Kubelet Version reported by the node.", (object) => nodeInfo(object, "kubeletVersion")),
  wide("Internal-IP", "List of addresses reachable to the node.", (object) => nodeAddress(object, "InternalIP")),
  wide("External-IP", "List of addresses reachable to the node.", (object) => nodeAddress(object, "ExternalIP")),
  wide(
    "OS-Image",
    "OS Image reported by the node from /etc/os-release (e.g. Debian GNU/Linux 7 (wheezy)).",
    (object) => nodeInfo(object, "osImage") || "<unknown>",
  ),
  wide(
    "Kernel-Version",
    "Kernel Version reported by the node from 'uname -r' (e.g. 3.16.0-0.bpo.4-amd64).",
    (object) => nodeInfo(object, "kernelVersion") || "<unknown>",
  ),
  wide(
    "Container-Runtime",
    "ContainerRuntime Version reported by the node through runtime remote API (e.g. containerd://1.4.2).",
    (object) => nodeInfo(object, "containerRuntimeVersion") || "<unknown>",
  ),
]);

function nodeStatus(node: JsonObject): string {
  const ready = conditionOf(node, "Ready");
  const status = ready === undefined ? "Unknown" : ready === "True" ? "Ready" : "NotReady";
  return objectAt(node, "spec")?.["unschedulable"] === true ? `${status},SchedulingDisabled` : status;
}

function conditionOf(object: JsonObject, type: string): string | undefined {
  const conditions = listAt(objectAt(object, "status"), "conditions") ?? [];
  return textAt(
    conditions.filter(isObject).find((condition) => condition["type"] === type),
    "status",
  );
}

const ROLE_PREFIX = "node-role.kubernetes.io/";

function nodeRoles(node: JsonObject): string {
  const labels = objectAt(objectAt(node, "metadata"), "labels") ?? {};
  const roles = Object.entries(labels).flatMap(([label, value]) => {
    if (label.startsWith(ROLE_PREFIX) && label !== ROLE_PREFIX) {
      return [label.slice(ROLE_PREFIX.length)];
    }
    return label === "kubernetes.io/role" && typeof value === "string" && value !== "" ? [value] : [];
  });
  return roles.length === 0 ? "<none>" : [...new Set(roles)].sort().join(",");
}

function nodeInfo(node: JsonObject, member: string): string {
  return textAt(objectAt(objectAt(node, "status"), "nodeInfo"), member) ?? "";
}

function nodeAddress(node: JsonObject, type: string): string {
  const addresses = (listAt(objectAt(node, "status"), "addresses") ?? []).filter(isObject);
  return (
    textAt(
      addresses.find((address) => address["type"] === type),
      "address",
    ) ?? "<none>"
  );
}

const SECRET = printerOf([
  text("Type", "Used to facilitate programmatic handling of secret data.", (object) => textAt(object, "type") ?? ""),
  text("Data", "Number of keys in data.", (object) => String(countOf(object, "data"))),
  AGE,
]);

const CONFIG_MAP = printerOf([
  text("Data", "Number of keys in data and binaryData.", (object) =>
    String(countOf(object, "data") + countOf(object, "binaryData")),
  ),
  AGE,
]);

function countOf(object: JsonObject, member: string): number {
  return Object.keys(objectAt(object, member) ?? {}).length;
}

const EVENT = {
  columns: [
    text("Last Seen", "Time when this event was last observed", (event, nowMs) => ageOf(lastSeen(event), nowMs)),
    text("Type", "Type of this event (Normal, Warning)", (event) => textAt(event, "type") ?? ""),
    text("Reason", "Short machine understandable reason", (event) => textAt(event, "reason") ?? ""),
    text("Object", "The object that this event is about", involvedText),
    wide(
      "Subobject",
      "The part of the object that this event is about",
      (event) => textAt(involvedOf(event), "fieldPath") ?? "",
    ),
    wide("Source", "The component reporting this event", sourceText),
    text("Message", "A human-readable description of what happened", (event) => messageOf(event).trim()),
    wide("First Seen", "Time when this event was first observed", (event, nowMs) => ageOf(firstSeen(event), nowMs)),
    wide("Count", "How often this event was observed", (event) => String(seriesCount(event))),
    {
      ...wide("Name", metaDescription("name"), (event) => textAt(objectAt(event, "metadata"), "name") ?? ""),
      type: "string",
    },
  ],
};

/** events.k8s.io calls the object `regarding` and the text `note`. */
function involvedOf(event: JsonObject): JsonObject {
  return objectAt(event, "involvedObject") ?? objectAt(event, "regarding") ?? {};
}

function messageOf(event: JsonObject): string {
  return textAt(event, "message") ?? textAt(event, "note") ?? "";
}

function involvedText(event: JsonObject): string {
  const involved = involvedOf(event);
  const kind = (textAt(involved, "kind") ?? "").toLowerCase();
  const name = textAt(involved, "name") ?? "";
  return name === "" ? kind : `${kind}/${name}`;
}

function sourceText(event: JsonObject): string {
  const source = objectAt(event, "source") ?? objectAt(event, "deprecatedSource");
  const component = textAt(source, "component") ?? textAt(event, "reportingComponent") ?? "";
  const host = textAt(source, "host") ?? "";
  return host === "" ? component : `${component}, ${host}`;
}

function firstSeen(event: JsonObject): string | undefined {
  return textAt(event, "firstTimestamp") ?? textAt(event, "deprecatedFirstTimestamp") ?? textAt(event, "eventTime");
}

function lastSeen(event: JsonObject): string | undefined {
  const series = textAt(objectAt(event, "series"), "lastObservedTime");
  return series ?? textAt(event, "lastTimestamp") ?? textAt(event, "deprecatedLastTimestamp") ?? firstSeen(event);
}

function seriesCount(event: JsonObject): number {
  const count = objectAt(event, "series")?.["count"] ?? event["count"] ?? event["deprecatedCount"];
  return typeof count === "number" ? count : 1;
}

const LEASE = printerOf([
  text(
    "Holder",
    "holderIdentity contains the identity of the holder of a current lease.",
    (object) => textAt(objectAt(object, "spec"), "holderIdentity") ?? "",
  ),
  AGE,
]);

const SERVICE_ACCOUNT = printerOf([
  text("Secrets", "Number of secrets that pods running as this account may use.", (object) =>
    String(listAt(object, "secrets")?.length ?? 0),
  ),
  AGE,
]);

const SERVICE = printerOf([
  text("Type", "How the service is exposed", (object) => serviceSpec(object, "type") ?? "ClusterIP"),
  text(
    "Cluster-IP",
    "The address of the service inside the cluster",
    (object) => serviceSpec(object, "clusterIP") ?? "<none>",
  ),
  text("External-IP", "Addresses outside of the cluster", externalAddresses),
  text("Port(s)", "The ports that the service exposes", servicePorts),
  AGE,
]);

function serviceSpec(service: JsonObject, member: string): string | undefined {
  return textAt(objectAt(service, "spec"), member);
}

function externalAddresses(service: JsonObject): string {
  const addresses = listAt(objectAt(service, "spec"), "externalIPs") ?? [];
  return addresses.length === 0 ? "<none>" : addresses.join(",");
}

function servicePorts(service: JsonObject): string {
  const ports = (listAt(objectAt(service, "spec"), "ports") ?? []).filter(isObject);
  const texts = ports.map((port) => `${port["port"]}/${textAt(port, "protocol") ?? "TCP"}`);
  return texts.length === 0 ? "<none>" : texts.join(",");
}

const POD = printerOf([
  text("Ready", "The aggregate readiness state of this pod for accepting traffic.", podReady),
  text(
    "Status",
    "The aggregate status of the containers in this pod.",
    (object) => textAt(objectAt(object, "status"), "phase") ?? "Unknown",
  ),
  AGE,
]);

function podReady(pod: JsonObject): string {
  const statuses = (listAt(objectAt(pod, "status"), "containerStatuses") ?? []).filter(isObject);
  const containers = listAt(objectAt(pod, "spec"), "containers") ?? [];
  return `${statuses.filter((status) => status["ready"] === true).length}/${containers.length}`;
}

const CRD = printerOf([
  {
    name: "Created At",
    type: "date",
    description: metaDescription("creationTimestamp"),
    cell: (object) => textAt(objectAt(object, "metadata"), "creationTimestamp") ?? null,
  },
]);

const DEFAULT = printerOf([ageColumn("string")]);

/** Events have no Name column in front: the name is last, and wide. */
const EVENT_PRINTER: Printer = {
  columns: printerOf(EVENT.columns).columns.slice(1),
  cells: (event, nowMs) => EVENT.columns.map((column) => column.cell(event, nowMs)),
};

const PRINTERS: ReadonlyMap<string, Printer> = new Map([
  ["/Namespace", NAMESPACE],
  ["/Node", NODE],
  ["/Secret", SECRET],
  ["/ConfigMap", CONFIG_MAP],
  ["/Event", EVENT_PRINTER],
  ["events.k8s.io/Event", EVENT_PRINTER],
  ["/Pod", POD],
  ["/Service", SERVICE],
  ["/ServiceAccount", SERVICE_ACCOUNT],
  ["coordination.k8s.io/Lease", LEASE],
  ["apiextensions.k8s.io/CustomResourceDefinition", CRD],
]);
