import { isObject, type JsonObject, listAt, objectAt, textAt } from "../json.ts";

/** The object's own metadata, made where it is absent. */
export function metadataOf(object: JsonObject): JsonObject {
  const present = objectAt(object, "metadata");
  if (present) return present;
  const made: JsonObject = {};
  object["metadata"] = made;
  return made;
}

export const nameOf = (object: JsonObject): string => textAt(object["metadata"], "name") ?? "";

export const namespaceOf = (object: JsonObject): string => textAt(object["metadata"], "namespace") ?? "";

export const uidOf = (object: JsonObject): string => textAt(object["metadata"], "uid") ?? "";

export const resourceVersionOf = (object: JsonObject): string => textAt(object["metadata"], "resourceVersion") ?? "";

export const isDeleting = (object: JsonObject): boolean =>
  textAt(object["metadata"], "deletionTimestamp") !== undefined;

export function finalizersOf(object: JsonObject): string[] {
  return (listAt(object["metadata"], "finalizers") ?? []).filter((item) => typeof item === "string");
}

/** Sets the finalizers, without an empty list. */
export function setFinalizers(object: JsonObject, finalizers: readonly string[]): void {
  const metadata = metadataOf(object);
  if (finalizers.length > 0) metadata["finalizers"] = [...finalizers];
  else delete metadata["finalizers"];
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly blockOwnerDeletion: boolean;
}

export function ownersOf(object: JsonObject): OwnerReference[] {
  return (listAt(object["metadata"], "ownerReferences") ?? []).filter(isObject).map((owner) => ({
    apiVersion: textAt(owner, "apiVersion") ?? "",
    kind: textAt(owner, "kind") ?? "",
    name: textAt(owner, "name") ?? "",
    uid: textAt(owner, "uid") ?? "",
    blockOwnerDeletion: owner["blockOwnerDeletion"] === true,
  }));
}

/** Keeps the first of owner references with the same uid; gives the uids that came twice. */
export function dropDuplicateOwners(object: JsonObject): string[] {
  const owners = listAt(object["metadata"], "ownerReferences");
  if (!owners || owners.length < 2) return [];
  const seen = new Set<string>();
  const twice = new Set<string>();
  const kept = owners.filter((owner) => {
    const uid = textAt(owner, "uid") ?? "";
    if (uid !== "" && seen.has(uid)) {
      twice.add(uid);
      return false;
    }
    seen.add(uid);
    return true;
  });
  if (twice.size > 0) metadataOf(object)["ownerReferences"] = kept;
  return [...twice];
}
