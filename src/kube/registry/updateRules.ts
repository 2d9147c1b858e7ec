import { type JsonObject, objectAt } from "../json.ts";
import { conflict, invalid } from "../status.ts";
import { metadataOf, resourceVersionOf, uidOf } from "./metadata.ts";
import { pluralOf, type ServedVersion } from "./resource.ts";

interface UpdateCheck {
  readonly version: ServedVersion;
  readonly name: string;
  readonly object: JsonObject;
  readonly current: JsonObject;
  readonly isPatch: boolean;
}

/** Optimistic concurrency: 409 for a stale resourceVersion or another uid, 422 where the version has to be named. */
export function checkUpdate({ version, name, object, current, isPatch }: UpdateCheck): void {
  const { resource } = version;
  const sent = resourceVersionOf(object);
  const uid = uidOf(object);
  if (!isPatch && uid !== "" && uid !== uidOf(current)) {
    const text = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${uidOf(current)}`;
    throw conflict(pluralOf(resource), name, text);
  }
  if (sent === "" || sent === "0") {
    if (resource.behaviour.updatesUnconditionally) return;
    const message = "Invalid value: 0x0: must be specified for an update";
    throw invalid(pluralOf(resource), name, [
      { reason: "FieldValueInvalid", message, field: "metadata.resourceVersion" },
    ]);
  }
  if (sent !== resourceVersionOf(current)) throw conflict(pluralOf(resource), name);
}

const SERVER_OWNED = [
  "resourceVersion",
  "creationTimestamp",
  "generation",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
];

/** Puts back what only the server sets. A uid that was sent stays, for validation to refuse another one. */
export function keepServerOwned(object: JsonObject, current: JsonObject): void {
  const metadata = metadataOf(object);
  if (uidOf(object) === "") metadata["uid"] = uidOf(current);
  const before = objectAt(current, "metadata") ?? {};
  for (const owned of SERVER_OWNED) {
    const value = before[owned];
    if (value === undefined) delete metadata[owned];
    else metadata[owned] = value;
  }
  delete metadata["selfLink"];
  delete metadata["managedFields"];
}

interface SubresourceRequest {
  readonly version: ServedVersion;
  readonly object: JsonObject;
  readonly current: JsonObject;
  readonly subresource: string;
}

/** Main writes leave the status alone, status writes leave all but the status alone. */
export function keepSubresources({ version, object, current, subresource }: SubresourceRequest): JsonObject {
  if (!version.hasStatus) return object;
  if (subresource !== "status") return withMember(object, "status", current["status"]);
  if (version.resource.definition !== undefined) return withMember({ ...current }, "status", object["status"]);
  // Typed kinds let a status write change labels and annotations too (NodeStatus, NamespaceStatus strategies).
  return withMember(object, "spec", current["spec"]);
}

function withMember(object: JsonObject, key: string, value: JsonObject[string]): JsonObject {
  if (value === undefined) delete object[key];
  else object[key] = value;
  return object;
}
