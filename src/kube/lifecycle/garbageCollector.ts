import { isObject, type JsonObject, listAt, textAt } from "../json.ts";
import {
  finalizersOf,
  isDeleting,
  metadataOf,
  type OwnerReference,
  ownersOf,
  setFinalizers,
  uidOf,
} from "../registry/metadata.ts";
import { FOREGROUND, type ObjectRemover, ORPHAN, type Propagation } from "../registry/objectRemover.ts";
import type { Registry } from "../registry/registry.ts";
import type { Entry, Place, StoreEvent } from "../store/entry.ts";
import type { ObjectStore } from "../store/objectStore.ts";
import { KeyQueue } from "./keyQueue.ts";
import { keyOfPlace, Ownership, placeOfKey } from "./ownership.ts";

interface GarbageCollectorParts {
  readonly store: ObjectStore;
  readonly registry: Registry;
  readonly remover: ObjectRemover;
}

/** What an owner reference leads to now. "unknown" kinds may still come, so their dependents are left alone. */
type OwnerState = "solid" | "absent" | "waiting" | "unknown";

/** Deletes what lost its owners, in the background, in the foreground or not at all (kubernetes/pkg/controller/garbagecollector). */
export class GarbageCollector {
  readonly #parts: GarbageCollectorParts;
  readonly #ownership = new Ownership();
  readonly #queue = new KeyQueue((key) => this.#reconcile(placeOfKey(key)));

  constructor(parts: GarbageCollectorParts) {
    this.#parts = parts;
  }

  start(signal: AbortSignal): void {
    const { store } = this.#parts;
    store.subscribe((event) => this.#onEvent(event), signal);
    for (const collection of store.collections()) {
      for (const entry of store.entries(collection)) {
        const owners = this.#ownership.set(entry);
        if (owners.length > 0 || isHeld(entry)) this.#queue.add(keyOfPlace(entry));
      }
    }
  }

  #onEvent(event: StoreEvent): void {
    const { kind, entry } = event;
    const owners = this.#ownership.apply(event);
    if (kind === "deleted") {
      for (const place of this.#ownership.dependentsOf(uidOf(entry.object))) this.#queue.add(keyOfPlace(place));
    } else if (owners.length > 0 || isHeld(entry)) this.#queue.add(keyOfPlace(entry));
    // An owner may be waiting for just this.
    for (const owner of owners) {
      const found = this.#find(owner, entry.namespace);
      if (found && isHeld(found)) this.#queue.add(keyOfPlace(found));
    }
  }

  #reconcile(place: Place): void {
    const entry = this.#parts.store.get(place);
    if (!entry) return;
    const finalizers = isDeleting(entry.object) ? finalizersOf(entry.object) : [];
    if (finalizers.includes(ORPHAN)) this.#orphan(entry);
    else if (finalizers.includes(FOREGROUND)) this.#foreground(entry);
    else if (!isDeleting(entry.object)) this.#collect(entry);
  }

  /** Takes the owner out of its dependents, then lets it go. */
  #orphan(owner: Entry): void {
    const uid = uidOf(owner.object);
    for (const dependent of this.#dependentsOf(uid)) this.#dropOwners(dependent, new Set([uid]));
    this.#release(owner, ORPHAN);
  }

  /** Deletes the dependents; the owner goes once none of those that block it is left. */
  #foreground(owner: Entry): void {
    const uid = uidOf(owner.object);
    const dependents = this.#dependentsOf(uid);
    const blocks = (dependent: Entry) =>
      ownersOf(dependent.object).some((reference) => reference.uid === uid && reference.blockOwnerDeletion);
    for (const dependent of dependents) if (!isDeleting(dependent.object)) this.#queue.add(keyOfPlace(dependent));
    if (!dependents.some(blocks)) this.#release(owner, FOREGROUND);
  }

  /** Deletes an object whose owners are all gone or going; otherwise only forgets those that are. */
  #collect(entry: Entry): void {
    const owners = ownersOf(entry.object);
    const states = owners.map((owner) => this.#stateOf(owner, entry.namespace));
    if (owners.length === 0 || states.includes("unknown")) return;
    const gone = owners.filter((_, index) => states[index] !== "solid");
    if (gone.length === 0) return;
    if (states.includes("solid")) {
      this.#dropOwners(entry, new Set(gone.map(({ uid }) => uid)));
      return;
    }
    const hasDependents = this.#ownership.dependentsOf(uidOf(entry.object)).length > 0;
    this.#remove(entry, states.includes("waiting") && hasDependents ? "Foreground" : "Background");
  }

  #stateOf(owner: OwnerReference, namespace: string): OwnerState {
    if (!this.#parts.registry.findKind(owner.apiVersion, owner.kind)) return "unknown";
    const found = this.#find(owner, namespace);
    if (!found || uidOf(found.object) !== owner.uid) return "absent";
    return isDeleting(found.object) && finalizersOf(found.object).includes(FOREGROUND) ? "waiting" : "solid";
  }

  /** The object that an owner reference names; a namespaced owner is in the namespace of its dependent. */
  #find({ apiVersion, kind, name }: OwnerReference, namespace: string): Entry | undefined {
    const resource = this.#parts.registry.findKind(apiVersion, kind)?.resource;
    if (!resource) return undefined;
    const { collection, namespaced } = resource;
    return this.#parts.store.get({ collection, namespace: namespaced ? namespace : "", name });
  }

  #dependentsOf(uid: string): Entry[] {
    return this.#ownership.dependentsOf(uid).flatMap((place) => this.#parts.store.get(place) ?? []);
  }

  #dropOwners(dependent: Entry, uids: ReadonlySet<string>): void {
    this.#parts.remover.adjust(dependent, (object) => dropOwners(object, uids));
  }

  #release(owner: Entry, finalizer: string): void {
    this.#parts.remover.adjust(owner, (object) => {
      setFinalizers(
        object,
        finalizersOf(object).filter((item) => item !== finalizer),
      );
      return true;
    });
  }

  #remove(entry: Entry, propagation: Propagation): void {
    const { registry, remover } = this.#parts;
    const resource = registry.resources().find(({ collection }) => collection === entry.collection);
    const [version] = resource?.versions ?? [];
    if (!version) return;
    const { namespace, name } = entry;
    remover.remove({ version, namespace, name, propagation, preconditions: {}, dryRun: false });
  }
}

/** Waits for this controller to let it go. */
function isHeld(entry: Entry): boolean {
  if (!entry.text.includes('"deletionTimestamp"') || !isDeleting(entry.object)) return false;
  return finalizersOf(entry.object).some((finalizer) => finalizer === FOREGROUND || finalizer === ORPHAN);
}

function dropOwners(object: JsonObject, uids: ReadonlySet<string>): boolean {
  const metadata = metadataOf(object);
  const owners = (listAt(metadata, "ownerReferences") ?? []).filter(isObject);
  const left = owners.filter((owner) => !uids.has(textAt(owner, "uid") ?? ""));
  if (left.length > 0) metadata["ownerReferences"] = left;
  else delete metadata["ownerReferences"];
  return left.length < owners.length;
}
