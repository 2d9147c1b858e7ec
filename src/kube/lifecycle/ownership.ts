import { type OwnerReference, ownersOf } from "../registry/metadata.ts";
import type { Entry, Place, StoreEvent } from "../store/entry.ts";

/** Who depends on whom, by uid; kept from the events of the store. */
export class Ownership {
  readonly #dependents = new Map<string, Map<string, Place>>();
  readonly #owners = new Map<string, readonly OwnerReference[]>();

  /** Takes over a new state; gives the owners it has now. */
  set(entry: Entry): readonly OwnerReference[] {
    const key = keyOfPlace(entry);
    // Most objects have none, and need not be parsed to see it.
    const owners = entry.text.includes('"ownerReferences"') ? ownersOf(entry.object) : [];
    this.#forget(key);
    if (owners.length === 0) return owners;
    this.#owners.set(key, owners);
    for (const { uid } of owners) {
      const dependents = this.#dependents.get(uid) ?? new Map<string, Place>();
      this.#dependents.set(uid, dependents.set(key, placeOf(entry)));
    }
    return owners;
  }

  /** Takes over an event; of a deletion it gives the owners that the object had. */
  apply({ kind, entry }: StoreEvent): readonly OwnerReference[] {
    if (kind !== "deleted") return this.set(entry);
    const owners = this.#owners.get(keyOfPlace(entry)) ?? [];
    this.#forget(keyOfPlace(entry));
    return owners;
  }

  dependentsOf(uid: string): readonly Place[] {
    return [...(this.#dependents.get(uid)?.values() ?? [])];
  }

  #forget(key: string): void {
    for (const { uid } of this.#owners.get(key) ?? []) {
      const dependents = this.#dependents.get(uid);
      dependents?.delete(key);
      if (dependents?.size === 0) this.#dependents.delete(uid);
    }
    this.#owners.delete(key);
  }
}

/** One text for a place, and back. */
export const keyOfPlace = ({ collection, namespace, name }: Place): string => `${collection} ${namespace} ${name}`;

export function placeOfKey(key: string): Place {
  const [collection = "", namespace = "", name = ""] = key.split(" ");
  return { collection, namespace, name };
}

const placeOf = ({ collection, namespace, name }: Place): Place => ({ collection, namespace, name });
