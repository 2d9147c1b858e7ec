import { isoSeconds } from "../../shared/kit/time.ts";
import { cloneJson, type JsonObject, objectAt, stringifyJson } from "../json.ts";
import { conflict, notFound } from "../status.ts";
import type { Entry } from "../store/entry.ts";
import type { ObjectStore } from "../store/objectStore.ts";
import { finalizersOf, isDeleting, metadataOf, resourceVersionOf, setFinalizers, uidOf } from "./metadata.ts";
import { isReleased, placeOf } from "./objectWriter.ts";
import { kindOf, pluralOf, type ServedVersion, type View } from "./resource.ts";

export type Propagation = "Background" | "Foreground" | "Orphan";

export const FOREGROUND = "foregroundDeletion";
export const ORPHAN = "orphan";

export interface RemoveRequest {
  readonly version: ServedVersion;
  readonly namespace: string;
  readonly name: string;
  readonly propagation: Propagation;
  readonly preconditions: { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined };
  readonly dryRun: boolean;
}

/** Gone at once, or marked and held by finalizers. */
export type Removed = { readonly kind: "gone"; readonly uid: string } | { readonly kind: "held"; readonly view: View };

/** The rules of delete (k8s.io/apiserver/pkg/registry/generic/registry, store.go). Throws ApiError. */
export class ObjectRemover {
  readonly #store: ObjectStore;
  readonly #now: () => number;

  constructor({ store, now }: { readonly store: ObjectStore; readonly now: () => number }) {
    this.#store = store;
    this.#now = now;
  }

  remove(request: RemoveRequest): Removed {
    const { version, namespace, name, dryRun } = request;
    const place = placeOf(version, namespace, name);
    const entry = this.#store.get(place);
    if (!entry) throw notFound(pluralOf(version.resource), name);
    checkPreconditions(request, entry.object);
    const marked = cloneJson(entry.object);
    const changed = this.#mark(request, marked);
    if (changed && isReleased(marked)) {
      if (!dryRun) this.#store.delete(place);
      return { kind: "gone", uid: uidOf(entry.object) };
    }
    if (!changed) return { kind: "held", view: version.show(entry) };
    if (dryRun) return { kind: "held", view: { object: marked, text: stringifyJson(marked) } };
    return { kind: "held", view: version.show(this.#store.put(place, marked)) };
  }

  /**
   * Changes a stored object as our own controllers do: past schemas, with the same rule that a deleted object goes when
   * its last finalizer does. `change` gets a copy and answers false to leave the object alone.
   */
  adjust(entry: Entry, change: (object: JsonObject) => boolean): void {
    const object = cloneJson(entry.object);
    if (!change(object)) return;
    if (isReleased(object)) this.#store.delete(entry, object);
    else this.#store.put(entry, object);
  }

  #mark({ version, propagation }: RemoveRequest, object: JsonObject): boolean {
    const { behaviour } = version.resource;
    if (behaviour.beforeDelete) {
      const first = !isDeleting(object);
      behaviour.beforeDelete(object, this.#now());
      return first || isReleased(object);
    }
    const before = finalizersOf(object);
    const finalizers = before.filter((finalizer) => finalizer !== FOREGROUND && finalizer !== ORPHAN);
    if (propagation === "Foreground") finalizers.push(FOREGROUND);
    if (propagation === "Orphan") finalizers.push(ORPHAN);
    setFinalizers(object, finalizers);
    const moved = finalizers.length !== before.length || finalizers.some((finalizer) => !before.includes(finalizer));
    if (isDeleting(object)) return moved;
    const metadata = metadataOf(object);
    metadata["deletionTimestamp"] = isoSeconds(this.#now());
    metadata["deletionGracePeriodSeconds"] = 0;
    const generation = objectAt(object, "metadata")?.["generation"];
    if (typeof generation === "number") metadata["generation"] = generation + 1;
    return true;
  }
}

function checkPreconditions({ version, name, preconditions }: RemoveRequest, object: JsonObject): void {
  const { uid, resourceVersion } = preconditions;
  if (uid !== undefined && uid !== uidOf(object)) {
    const text = `the UID in the precondition (${uid}) does not match the UID in record (${uidOf(object)}). The object might have been deleted and then recreated`;
    throw conflict(kindOf(version.resource), name, text);
  }
  if (resourceVersion !== undefined && resourceVersion !== resourceVersionOf(object)) {
    const text = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${resourceVersionOf(object)}). The object might have been modified`;
    throw conflict(kindOf(version.resource), name, text);
  }
}
