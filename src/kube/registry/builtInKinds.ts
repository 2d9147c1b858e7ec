import { toCoreEvent, toEventsV1 } from "../builtins/events.ts";
import { type JsonObject, listAt, objectAt, textAt } from "../json.ts";
import type { MetaRule } from "../schema/objectMeta.ts";
import { keepStoredVersions, markDefinition } from "./definitionMarks.ts";
import { keepNamespaceSpec, markNamespace, prepareNamespace } from "./namespaceRules.ts";
import type { Behaviour, Verb } from "./resource.ts";

/** One built-in kind, as far as it differs from the usual. */
export interface BuiltInKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly verbs?: readonly Verb[];
  readonly hasStatus?: boolean;
  readonly subresources?: Readonly<Record<string, readonly Verb[]>>;
  /** Where its objects are, where another kind shares them. */
  readonly collection?: string;
  /** Where it is another face of what is stored. */
  readonly face?: { show(stored: JsonObject): JsonObject; store(object: JsonObject): JsonObject };
  readonly nameRule?: MetaRule["name"];
  readonly countsGenerations?: boolean;
  /** True unless said otherwise. */
  readonly updatesUnconditionally?: boolean;
  readonly createsOnUpdate?: boolean;
  readonly hooks?: Pick<Behaviour, "prepareCreate" | "prepareUpdate" | "beforeDelete">;
}

const CORE = { group: "", version: "v1" };
const AUTHORIZATION = { group: "authorization.k8s.io", version: "v1", namespaced: false };
/** The taint of nodes that are not known to be ready. */
export const NOT_READY_TAINT = "node.kubernetes.io/not-ready";
const CREATE_ONLY: readonly Verb[] = ["create"];

/** A node takes no pods before someone saw it ready (admission plugin TaintNodesByCondition). */
function taintNewNode(node: JsonObject): void {
  const spec = objectAt(node, "spec") ?? {};
  const taints = listAt(spec, "taints") ?? [];
  const isTainted = taints.some(
    (taint) => textAt(taint, "key") === NOT_READY_TAINT && textAt(taint, "effect") === "NoSchedule",
  );
  if (!isTainted) node["spec"] = { ...spec, taints: [...taints, { key: NOT_READY_TAINT, effect: "NoSchedule" }] };
}

/** The status of a definition is the server's own. */
const dropStatus = (object: JsonObject): void => {
  delete object["status"];
};

export const KINDS: readonly BuiltInKind[] = [
  {
    ...CORE,
    kind: "Namespace",
    plural: "namespaces",
    namespaced: false,
    shortNames: ["ns"],
    // A namespace is emptied one by one; the real server has no deletecollection for it either.
    verbs: ["create", "delete", "get", "list", "patch", "update", "watch"],
    hasStatus: true,
    subresources: { finalize: ["update"] },
    nameRule: "label",
    hooks: { prepareCreate: prepareNamespace, prepareUpdate: keepNamespaceSpec, beforeDelete: markNamespace },
  },
  {
    ...CORE,
    kind: "Node",
    plural: "nodes",
    namespaced: false,
    shortNames: ["no"],
    hasStatus: true,
    hooks: { prepareCreate: taintNewNode },
  },
  { ...CORE, kind: "Secret", plural: "secrets", namespaced: true },
  { ...CORE, kind: "ConfigMap", plural: "configmaps", namespaced: true, shortNames: ["cm"] },
  { ...CORE, kind: "Event", plural: "events", namespaced: true, shortNames: ["ev"], createsOnUpdate: true },
  { ...CORE, kind: "Pod", plural: "pods", namespaced: true, shortNames: ["po"], categories: ["all"], hasStatus: true },
  {
    ...CORE,
    kind: "Service",
    plural: "services",
    namespaced: true,
    shortNames: ["svc"],
    categories: ["all"],
    hasStatus: true,
    nameRule: "label1035",
  },
  { ...CORE, kind: "ServiceAccount", plural: "serviceaccounts", namespaced: true, shortNames: ["sa"] },
  {
    group: "events.k8s.io",
    version: "v1",
    kind: "Event",
    plural: "events",
    namespaced: true,
    shortNames: ["ev"],
    collection: "events",
    createsOnUpdate: true,
    face: { show: toEventsV1, store: toCoreEvent },
  },
  {
    group: "coordination.k8s.io",
    version: "v1",
    kind: "Lease",
    plural: "leases",
    namespaced: true,
    updatesUnconditionally: false,
    createsOnUpdate: true,
  },
  {
    group: "apiextensions.k8s.io",
    version: "v1",
    kind: "CustomResourceDefinition",
    plural: "customresourcedefinitions",
    namespaced: false,
    shortNames: ["crd", "crds"],
    categories: ["api-extensions"],
    hasStatus: true,
    countsGenerations: true,
    updatesUnconditionally: false,
    hooks: { prepareCreate: dropStatus, prepareUpdate: keepStoredVersions, beforeDelete: markDefinition },
  },
  { ...AUTHORIZATION, kind: "SelfSubjectAccessReview", plural: "selfsubjectaccessreviews", verbs: CREATE_ONLY },
  { ...AUTHORIZATION, kind: "SelfSubjectRulesReview", plural: "selfsubjectrulesreviews", verbs: CREATE_ONLY },
  {
    group: "authentication.k8s.io",
    version: "v1",
    kind: "SelfSubjectReview",
    plural: "selfsubjectreviews",
    namespaced: false,
    verbs: CREATE_ONLY,
  },
];
