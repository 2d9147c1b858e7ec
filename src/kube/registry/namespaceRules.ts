import { isoSeconds } from "../../shared/kit/time.ts";
import { type JsonObject, objectAt } from "../json.ts";
import { forbidden } from "../status.ts";
import { metadataOf, nameOf } from "./metadata.ts";

/** Namespaces that a cluster does not work without; they exist from the start. */
export const STANDING_NAMESPACES = ["default", "kube-system", "kube-public", "kube-node-lease"] as const;
const PROTECTED: readonly string[] = ["default", "kube-system", "kube-public"];

/** The finalizer that keeps a namespace until it is empty. */
export const NAMESPACE_FINALIZER = "kubernetes";

export function prepareNamespace(object: JsonObject): void {
  object["spec"] = { ...objectAt(object, "spec"), finalizers: [NAMESPACE_FINALIZER] };
  object["status"] = { phase: "Active" };
}

/** Only the finalize subresource touches the finalizers in the spec, and it touches nothing else. */
export function keepNamespaceSpec(object: JsonObject, old: JsonObject, subresource: string): void {
  if (subresource !== "finalize") {
    object["spec"] = { ...objectAt(object, "spec"), finalizers: objectAt(old, "spec")?.["finalizers"] };
    return;
  }
  object["status"] = old["status"];
}

/** What DELETE does to a namespace: it stays, terminating, until its contents are gone. */
export function markNamespace(object: JsonObject, now: number): void {
  const name = nameOf(object);
  if (PROTECTED.includes(name)) {
    throw forbidden({ group: "", kind: "namespaces" }, name, "this namespace may not be deleted");
  }
  const metadata = metadataOf(object);
  metadata["deletionTimestamp"] ??= isoSeconds(now);
  object["status"] = { ...objectAt(object, "status"), phase: "Terminating" };
}
