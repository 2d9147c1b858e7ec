import { listAt, objectAt } from "../json.ts";
import { isDeleting } from "../registry/metadata.ts";
import { NAMESPACE_FINALIZER } from "../registry/namespaceRules.ts";
import type { ObjectRemover } from "../registry/objectRemover.ts";
import type { Registry } from "../registry/registry.ts";
import type { StoreEvent } from "../store/entry.ts";
import type { ObjectStore } from "../store/objectStore.ts";
import { KeyQueue } from "./keyQueue.ts";

interface NamespaceControllerParts {
  readonly store: ObjectStore;
  readonly registry: Registry;
  readonly remover: ObjectRemover;
}

const NAMESPACES = "namespaces";
/** Objects that are deleted before others get a turn. */
const BATCH = 100;

/** Empties namespaces that are being deleted, then lets them go (kubernetes/pkg/controller/namespace). */
export class NamespaceController {
  readonly #parts: NamespaceControllerParts;
  readonly #terminating = new Set<string>();
  readonly #queue = new KeyQueue((name) => this.#reconcile(name));

  constructor(parts: NamespaceControllerParts) {
    this.#parts = parts;
  }

  start(signal: AbortSignal): void {
    const { store } = this.#parts;
    store.subscribe((event) => this.#onEvent(event), signal);
    for (const entry of store.entries(NAMESPACES)) if (isDeleting(entry.object)) this.#begin(entry.name);
  }

  #onEvent({ kind, entry }: StoreEvent): void {
    if (entry.collection !== NAMESPACES) {
      if (kind === "deleted" && this.#terminating.has(entry.namespace)) this.#queue.add(entry.namespace);
      return;
    }
    if (kind === "deleted") this.#terminating.delete(entry.name);
    else if (isDeleting(entry.object)) this.#begin(entry.name);
  }

  #begin(name: string): void {
    this.#terminating.add(name);
    this.#queue.add(name);
  }

  #reconcile(name: string): void {
    const { store, remover } = this.#parts;
    const entry = store.get({ collection: NAMESPACES, namespace: "", name });
    if (!entry || !isDeleting(entry.object) || !this.#isEmptyAfter(name)) return;
    remover.adjust(entry, (object) => {
      const spec = objectAt(object, "spec") ?? {};
      const finalizers = listAt(spec, "finalizers") ?? [];
      const left = finalizers.filter((finalizer) => finalizer !== NAMESPACE_FINALIZER);
      object["spec"] = left.length === 0 ? {} : { ...spec, finalizers: left };
      return left.length < finalizers.length;
    });
  }

  /** Deletes a batch of what is in the namespace; true when nothing was left to begin with. */
  #isEmptyAfter(namespace: string): boolean {
    const { store, registry, remover } = this.#parts;
    let isEmpty = true;
    let left = BATCH;
    for (const { namespaced, collection, versions } of registry.resources()) {
      const [version] = versions;
      if (!namespaced || !version) continue;
      const doomed = [];
      for (const entry of store.entries(collection, { namespace })) {
        isEmpty = false;
        if (isDeleting(entry.object)) continue;
        if (doomed.length === left) break;
        doomed.push(entry.name);
      }
      for (const name of doomed) {
        remover.remove({ version, namespace, name, propagation: "Background", preconditions: {}, dryRun: false });
      }
      left -= doomed.length;
    }
    // With the last of a batch gone, its events bring us back for the next one.
    return isEmpty;
  }
}
