/** How a field is read. A message by its name in `MESSAGES`. */
export type FieldType =
  | { readonly kind: "text" | "bytes" | "flag" | "integer" | "time" | "texts" | "textMap" | "bytesMap" }
  | { readonly kind: "message" | "messages"; readonly message: string };

export type Message = Readonly<Record<number, readonly [name: string, type: FieldType]>>;

const text: FieldType = { kind: "text" };
const flag: FieldType = { kind: "flag" };
const integer: FieldType = { kind: "integer" };
const texts: FieldType = { kind: "texts" };
const time: FieldType = { kind: "time" };
const textMap: FieldType = { kind: "textMap" };
const bytesMap: FieldType = { kind: "bytesMap" };
const one = (message: string): FieldType => ({ kind: "message", message });
const many = (message: string): FieldType => ({ kind: "messages", message });
const metadata = ["metadata", one("ObjectMeta")] as const;

/** Field numbers of k8s.io/api and k8s.io/apimachinery, generated.proto of Kubernetes 1.32. */
export const MESSAGES: Readonly<Record<string, Message>> = {
  Unknown: { 1: ["typeMeta", one("TypeMeta")], 2: ["raw", { kind: "bytes" }] },
  TypeMeta: { 1: ["apiVersion", text], 2: ["kind", text] },
  ObjectMeta: {
    1: ["name", text],
    2: ["generateName", text],
    3: ["namespace", text],
    5: ["uid", text],
    6: ["resourceVersion", text],
    7: ["generation", integer],
    8: ["creationTimestamp", time],
    9: ["deletionTimestamp", time],
    10: ["deletionGracePeriodSeconds", integer],
    11: ["labels", textMap],
    12: ["annotations", textMap],
    13: ["ownerReferences", many("OwnerReference")],
    14: ["finalizers", texts],
  },
  OwnerReference: {
    1: ["kind", text],
    3: ["name", text],
    4: ["uid", text],
    5: ["apiVersion", text],
    6: ["controller", flag],
    7: ["blockOwnerDeletion", flag],
  },
  NamespaceSpec: { 1: ["finalizers", texts] },
  ObjectReference: { 1: ["kind", text], 2: ["namespace", text], 3: ["name", text], 4: ["uid", text] },
  LocalObjectReference: { 1: ["name", text] },
  AccessSpec: {
    1: ["resourceAttributes", one("ResourceAttributes")],
    2: ["nonResourceAttributes", one("NonResourceAttributes")],
  },
  ResourceAttributes: {
    1: ["namespace", text],
    2: ["verb", text],
    3: ["group", text],
    4: ["version", text],
    5: ["resource", text],
    6: ["subresource", text],
    7: ["name", text],
  },
  NonResourceAttributes: { 1: ["path", text], 2: ["verb", text] },
  RulesSpec: { 1: ["namespace", text] },
  Preconditions: { 1: ["uid", text], 2: ["resourceVersion", text] },
};

/** The kinds that a client may send in this form, by apiVersion and kind. */
export const ROOTS: Readonly<Record<string, Message>> = {
  "v1/Namespace": { 1: metadata, 2: ["spec", one("NamespaceSpec")] },
  "v1/ConfigMap": { 1: metadata, 2: ["data", textMap], 3: ["binaryData", bytesMap], 4: ["immutable", flag] },
  "v1/Secret": {
    1: metadata,
    2: ["data", bytesMap],
    3: ["type", text],
    4: ["stringData", textMap],
    5: ["immutable", flag],
  },
  "v1/ServiceAccount": {
    1: metadata,
    2: ["secrets", many("ObjectReference")],
    3: ["imagePullSecrets", many("LocalObjectReference")],
    4: ["automountServiceAccountToken", flag],
  },
  "v1/DeleteOptions": {
    1: ["gracePeriodSeconds", integer],
    2: ["preconditions", one("Preconditions")],
    3: ["orphanDependents", flag],
    4: ["propagationPolicy", text],
    5: ["dryRun", texts],
  },
  "authorization.k8s.io/v1/SelfSubjectAccessReview": { 1: metadata, 2: ["spec", one("AccessSpec")] },
  "authorization.k8s.io/v1/SelfSubjectRulesReview": { 1: metadata, 2: ["spec", one("RulesSpec")] },
  "authentication.k8s.io/v1/SelfSubjectReview": { 1: metadata },
};
