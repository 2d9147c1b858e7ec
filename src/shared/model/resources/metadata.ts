/** The part of Kubernetes' ObjectMeta that Edgeloom reads or writes (meta/v1). Times are RFC 3339 texts. */
export interface ObjectMeta {
  readonly name: string;
  /** Absent on cluster-scoped resources. */
  readonly namespace?: string;
  /** The server sets these five; they are absent only from what is yet to be created. */
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
}

interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** Annotation on a Device: "true" stops all traffic to it. */
export const PAUSED_ANNOTATION = "edgeloom.io/paused";
