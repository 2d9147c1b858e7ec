import type { Logger } from "../../shared/kit/logger.ts";
import { isoSeconds } from "../../shared/kit/time.ts";
import { isObject, type JsonObject, listAt, objectAt, sameJson } from "../json.ts";
import { customResourceOf } from "../registry/customResource.ts";
import { CLEANUP } from "../registry/definitionMarks.ts";
import { finalizersOf, isDeleting, setFinalizers } from "../registry/metadata.ts";
import { acceptNames } from "../registry/nameConflicts.ts";
import type { ObjectRemover } from "../registry/objectRemover.ts";
import type { Registry } from "../registry/registry.ts";
import type { Resource } from "../registry/resource.ts";
import type { Entry, StoreEvent } from "../store/entry.ts";
import type { ObjectStore } from "../store/objectStore.ts";

const DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io";

interface DefinitionControllerParts {
  readonly store: ObjectStore;
  readonly registry: Registry;
  readonly remover: ObjectRemover;
  readonly now: () => number;
  readonly log: Logger;
  /** Watches on a resource whose definition changed have to begin anew. */
  readonly endWatches: (collection: string) => void;
}

/** Accepts names, serves what is established, and empties what is deleted (apiextensions-apiserver, pkg/controller). */
export class DefinitionController {
  readonly #parts: DefinitionControllerParts;
  /** The spec and names that each served resource was made from. */
  readonly #served = new Map<string, { readonly collection: string; readonly from: JsonObject }>();

  constructor(parts: DefinitionControllerParts) {
    this.#parts = parts;
  }

  start(signal: AbortSignal): void {
    const { store } = this.#parts;
    store.subscribe((event) => this.#onEvent(event), signal);
    for (const entry of [...store.entries(DEFINITIONS)]) this.#reconcile(entry.name);
  }

  #onEvent({ kind, entry }: StoreEvent): void {
    if (entry.collection === DEFINITIONS) {
      this.#reconcile(entry.name);
      return;
    }
    if (kind !== "deleted") return;
    // The last object of a resource that is being deleted may just have gone.
    for (const [name, { collection }] of this.#served) if (collection === entry.collection) this.#finish(name);
  }

  #reconcile(name: string): void {
    const entry = this.#find(name);
    if (!entry) {
      this.#unserve(name);
      // Names that were taken may be free now.
      for (const other of [...this.#parts.store.entries(DEFINITIONS)]) this.#acceptNames(other);
      return;
    }
    if (isDeleting(entry.object)) this.#empty(entry);
    else if (!this.#acceptNames(entry)) this.#serve(entry);
  }

  /** Writes the conditions of the names where they changed, and answers whether it did: then there will be an event. */
  #acceptNames(entry: Entry): boolean {
    if (isDeleting(entry.object)) return false;
    const { store, remover, now } = this.#parts;
    const others = [...store.entries(DEFINITIONS)]
      .filter(({ name }) => name !== entry.name)
      .map(({ object }) => object);
    let changed = false;
    remover.adjust(entry, (object) => {
      acceptNames(object, others, isoSeconds(now()));
      changed = !sameJson(object, entry.object);
      return changed;
    });
    return changed;
  }

  #serve(entry: Entry): void {
    const { registry, endWatches, log } = this.#parts;
    const status = objectAt(entry.object, "status") ?? {};
    const established = (listAt(status, "conditions") ?? [])
      .filter(isObject)
      .some(({ type, status: value }) => type === "Established" && value === "True");
    if (!established) {
      this.#unserve(entry.name);
      return;
    }
    const from: JsonObject = { spec: entry.object["spec"], names: status["acceptedNames"] };
    const before = this.#served.get(entry.name);
    if (before && sameJson(before.from, from)) return;
    const resource = this.#compile(entry);
    if (!resource) return;
    registry.set(resource);
    this.#served.set(entry.name, { collection: resource.collection, from });
    if (before) endWatches(resource.collection);
    log.info("resource served", { definition: entry.name });
  }

  /** A definition that passed its checks and still cannot be served must not take the server down at every start. */
  #compile(entry: Entry): Resource | undefined {
    try {
      return customResourceOf(entry.object);
    } catch (error) {
      this.#parts.log.error("definition cannot be served", { definition: entry.name, error });
      return undefined;
    }
  }

  #unserve(name: string): void {
    const served = this.#served.get(name);
    if (!served) return;
    this.#served.delete(name);
    const dot = name.indexOf(".");
    this.#parts.registry.remove(name.slice(dot + 1), name.slice(0, dot));
    this.#parts.endWatches(served.collection);
  }

  /** Deletes every object of a definition that goes; what finalizers hold back holds the definition too. */
  #empty(entry: Entry): void {
    const { store, remover, registry } = this.#parts;
    const dot = entry.name.indexOf(".");
    const resource = registry.resource(entry.name.slice(dot + 1), entry.name.slice(0, dot));
    const [version] = resource?.versions ?? [];
    for (const { object, namespace, name } of version ? [...store.entries(version.resource.collection)] : []) {
      if (!version || isDeleting(object)) continue;
      remover.remove({ version, namespace, name, propagation: "Background", preconditions: {}, dryRun: false });
    }
    this.#finish(entry.name);
  }

  #finish(name: string): void {
    const { store, remover } = this.#parts;
    const entry = this.#find(name);
    if (!entry || !isDeleting(entry.object) || store.count(this.#collectionOf(entry)) > 0) return;
    remover.adjust(entry, (object) => {
      const left = finalizersOf(object).filter((finalizer) => finalizer !== CLEANUP);
      if (left.length === finalizersOf(object).length) return false;
      setFinalizers(object, left);
      return true;
    });
  }

  #collectionOf(entry: Entry): string {
    return this.#served.get(entry.name)?.collection ?? entry.name;
  }

  #find(name: string): Entry | undefined {
    return this.#parts.store.get({ collection: DEFINITIONS, namespace: "", name });
  }
}
