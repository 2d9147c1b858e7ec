import { isoSeconds } from "../../shared/kit/time.ts";
import { isObject, type JsonObject, listAt, objectAt, sameJson, textAt } from "../json.ts";
import { NOT_READY_TAINT } from "../registry/builtInKinds.ts";
import { conditionOf, setCondition } from "../registry/conditions.ts";
import { isDeleting } from "../registry/metadata.ts";
import type { ObjectRemover } from "../registry/objectRemover.ts";
import type { Entry } from "../store/entry.ts";
import type { ObjectStore } from "../store/objectStore.ts";

interface NodeMonitorParts {
  readonly store: ObjectStore;
  readonly remover: ObjectRemover;
  readonly graceMs: number;
  readonly now: () => number;
  readonly monotonic: () => number;
}

const LEASES = "leases.coordination.k8s.io";
const LEASE_NAMESPACE = "kube-node-lease";
const UNREACHABLE = "node.kubernetes.io/unreachable";
/** As kube-controller-manager's --node-monitor-period. */
const PERIOD_MS = 5000;

/** The last sign of life of a node, and when we saw it: clocks of nodes are not trusted. */
interface Sighting {
  readonly sign: string;
  readonly seenAt: number;
}

/** Marks nodes that stopped renewing their Lease, and keeps the taints that follow from Ready (kubernetes/pkg/controller/nodelifecycle). */
export class NodeMonitor {
  readonly #parts: NodeMonitorParts;
  readonly #sightings = new Map<string, Sighting>();

  constructor(parts: NodeMonitorParts) {
    this.#parts = parts;
  }

  start(signal: AbortSignal): void {
    this.check();
    const timer = setInterval(() => this.check(), Math.min(PERIOD_MS, this.#parts.graceMs / 4));
    timer.unref();
    signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  }

  /** Looks at every node once. */
  check(): void {
    const nodes = [...this.#parts.store.entries("nodes")];
    const names = new Set(nodes.map(({ name }) => name));
    for (const name of this.#sightings.keys()) if (!names.has(name)) this.#sightings.delete(name);
    for (const node of nodes) if (!isDeleting(node.object)) this.#checkNode(node);
  }

  #checkNode(node: Entry): void {
    const silentMs = this.#silenceOf(node);
    const { remover, graceMs, now } = this.#parts;
    remover.adjust(node, (object) => {
      if (silentMs > graceMs) markUnknown(object, isoSeconds(now()));
      keepTaints(object, isoSeconds(now()));
      return !sameJson(object, node.object);
    });
  }

  /** Milliseconds since the node's Lease, or where it has none its Ready condition, last changed. */
  #silenceOf(node: Entry): number {
    const { store, monotonic } = this.#parts;
    const lease = store.get({ collection: LEASES, namespace: LEASE_NAMESPACE, name: node.name });
    const renewed = lease && textAt(lease.object["spec"], "renewTime");
    const sign = renewed ?? `none ${textAt(conditionOf(node.object, "Ready"), "lastHeartbeatTime") ?? ""}`;
    const last = this.#sightings.get(node.name);
    if (last?.sign === sign) return monotonic() - last.seenAt;
    this.#sightings.set(node.name, { sign, seenAt: monotonic() });
    return 0;
  }
}

/** A node that never said anything about Ready is left as it is: it may be nobody's yet. */
function markUnknown(node: JsonObject, at: string): void {
  const ready = conditionOf(node, "Ready");
  if (!ready || ready["status"] === "Unknown") return;
  setCondition(node, {
    type: "Ready",
    status: "Unknown",
    reason: "NodeStatusUnknown",
    message: "Kubelet stopped posting node status.",
    at,
  });
}

/** One of two taints, or none, according to Ready; they belong to this controller alone. */
function keepTaints(node: JsonObject, at: string): void {
  const status = conditionOf(node, "Ready")?.["status"];
  if (status === undefined) return;
  const wanted = status === "True" ? undefined : status === "False" ? NOT_READY_TAINT : UNREACHABLE;
  const spec = objectAt(node, "spec") ?? {};
  const taints = (listAt(spec, "taints") ?? []).filter(isObject);
  const isOurs = (taint: JsonObject) =>
    (taint["key"] === NOT_READY_TAINT || taint["key"] === UNREACHABLE) && taint["effect"] === "NoSchedule";
  const kept = taints.filter((taint) => !isOurs(taint) || taint["key"] === wanted);
  if (wanted !== undefined && !kept.some(isOurs)) kept.push({ key: wanted, effect: "NoSchedule", timeAdded: at });
  if (kept.length > 0) spec["taints"] = kept;
  else delete spec["taints"];
  node["spec"] = spec;
}
