import { isoSeconds } from "../../shared/kit/time.ts";
import { isObject, type JsonObject, listAt, objectAt, textAt } from "../json.ts";
import { setCondition } from "./conditions.ts";
import { finalizersOf, isDeleting, metadataOf, setFinalizers } from "./metadata.ts";

/** The finalizer that keeps a definition until its objects are gone. */
export const CLEANUP = "customresourcecleanup.apiextensions.k8s.io";

/** What DELETE does to a definition: it stays, terminating, until its objects are gone. */
export function markDefinition(object: JsonObject, now: number): void {
  if (isDeleting(object)) return;
  metadataOf(object)["deletionTimestamp"] = isoSeconds(now);
  setFinalizers(object, [...new Set([...finalizersOf(object), CLEANUP])]);
  setCondition(object, {
    type: "Terminating",
    status: "True",
    reason: "InstanceDeletionPending",
    message: "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
    at: isoSeconds(now),
  });
}

/** Remembers every version that objects were ever stored in: none of them may go while objects may still be in it. */
export function keepStoredVersions(object: JsonObject): void {
  const versions = (listAt(object["spec"], "versions") ?? []).filter(isObject);
  const stored = textAt(
    versions.find((version) => version["storage"] === true),
    "name",
  );
  const status = objectAt(object, "status") ?? {};
  const known = listAt(status, "storedVersions") ?? [];
  if (stored === undefined || known.includes(stored)) return;
  object["status"] = { ...status, storedVersions: [...known, stored] };
}
