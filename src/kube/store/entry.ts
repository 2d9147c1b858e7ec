import type { JsonObject } from "../json.ts";

/** One stored state of one object. Nobody changes an entry or its object: a write makes a new entry. */
export interface Entry {
  /** The revision that wrote this state; also the object's `metadata.resourceVersion`. */
  readonly revision: number;
  /** `plural.group`, or the plural alone for the core group. */
  readonly collection: string;
  /** Empty for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
  /** Parsed at the first use: after a restart most objects are never looked into. */
  readonly object: JsonObject;
  /** The object as JSON, exactly as it stands in the log. */
  readonly text: string;
}

/** One committed change, in the order of revisions. */
export interface StoreEvent {
  readonly kind: "added" | "modified" | "deleted";
  readonly revision: number;
  /** The new state; of a deletion the last one, with the revision of the deletion. */
  readonly entry: Entry;
  /** The state before; absent for "added". */
  readonly previous: Entry | undefined;
}

/** Where an object lives. */
export interface Place {
  readonly collection: string;
  readonly namespace: string;
  readonly name: string;
}

/** Sorts as etcd sorts its keys, so that lists come in the order of a real cluster. */
export const keyOf = (namespace: string, name: string): string => `${namespace}/${name}`;

interface EntryParts extends Place {
  readonly revision: number;
  readonly text: string;
  readonly parse: (text: string) => JsonObject;
}

/** A state read back from the log. */
export class LoggedEntry implements Entry {
  readonly revision: number;
  readonly collection: string;
  readonly namespace: string;
  readonly name: string;
  readonly text: string;
  readonly #parse: (text: string) => JsonObject;
  #object: JsonObject | undefined;

  constructor({ revision, collection, namespace, name, text, parse }: EntryParts) {
    this.revision = revision;
    this.collection = collection;
    this.namespace = namespace;
    this.name = name;
    this.text = text;
    this.#parse = parse;
  }

  get object(): JsonObject {
    this.#object ??= this.#parse(this.text);
    return this.#object;
  }
}
