import { isoSeconds } from "../../shared/kit/time.ts";
import { cloneJson, type JsonObject, objectAt, sameJson, stringifyJson, textAt } from "../json.ts";
import { validateObjectMeta } from "../schema/objectMeta.ts";
import { alreadyExists, badRequest, type Cause, invalid, notFound, unclassified } from "../status.ts";
import type { Entry, Place } from "../store/entry.ts";
import type { ObjectStore } from "../store/objectStore.ts";
import { checkNamespace } from "./admission.ts";
import { dropDuplicateOwners, finalizersOf, isDeleting, metadataOf, nameOf, namespaceOf } from "./metadata.ts";
import { kindOf, pluralOf, type ServedVersion, type View } from "./resource.ts";
import { checkUpdate, keepServerOwned, keepSubresources } from "./updateRules.ts";

export interface WriterParts {
  readonly store: ObjectStore;
  readonly now: () => number;
  readonly newUid: () => string;
  readonly random: () => number;
}

interface WriteOptions {
  readonly version: ServedVersion;
  /** Of the address; empty for cluster-scoped resources. */
  readonly namespace: string;
  readonly dryRun: boolean;
  readonly warn: (text: string) => void;
}

export interface CreateRequest extends WriteOptions {
  /** Decoded by the version's schema; belongs to the writer from here on. */
  readonly object: JsonObject;
}

export interface UpdateRequest extends WriteOptions {
  readonly name: string;
  /** "" for the object itself. */
  readonly subresource: string;
  /** PUT checks what a patch cannot get wrong. */
  readonly isPatch: boolean;
  /** Gets a copy of the object as the version shows it, and gives the wish, decoded by the version's schema. */
  readonly change: (current: JsonObject) => JsonObject;
}

export interface Written {
  readonly view: View;
  readonly created: boolean;
}

const SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789";

/**
 * The rules of create and update (k8s.io/apiserver/pkg/registry/rest, create.go and update.go), in one synchronous
 * step each. What it wrote is durable once `store.settled()` resolves. Throws ApiError.
 */
export class ObjectWriter {
  readonly #parts: WriterParts;

  constructor(parts: WriterParts) {
    this.#parts = parts;
  }

  create({ version, namespace, object, dryRun, warn }: CreateRequest): Written {
    const { resource } = version;
    const { store } = this.#parts;
    const metadata = metadataOf(object);
    if ((metadata["resourceVersion"] ?? "") !== "") {
      throw unclassified("resourceVersion should not be set on objects to be created");
    }
    this.#placeIn(namespace, version, object);
    this.#stamp(version, metadata);
    const generated = this.#generateName(metadata);
    if (resource.namespaced) checkNamespace(store, { resource, name: generated ? "" : nameOf(object), namespace });
    if (version.hasStatus && resource.definition !== undefined) delete object["status"];
    warnOfOwners(object, warn);
    resource.behaviour.prepareCreate?.(object);
    const identity = identityCauses(version, object);
    // Defaults belong to a kind, and this is another.
    if (identity.length === 0) version.schema.applyDefaults(object);
    const inMetadata = validateObjectMeta(object, resource.metaRule);
    const causes = [...identity, ...inMetadata, ...version.schema.validate(object, undefined, inMetadata)];
    if (causes.length > 0) {
      throw invalid({ ...kindOf(resource), kind: textAt(object, "kind") ?? resource.kind }, nameOf(object), causes);
    }
    const place = placeOf(version, namespace, nameOf(object));
    if (store.get(place)) throw alreadyExists(pluralOf(resource), place.name);
    return { view: this.#write(version, place, object, dryRun), created: true };
  }

  update(request: UpdateRequest): Written {
    const { version, namespace, name, subresource, isPatch, dryRun, warn } = request;
    const { resource } = version;
    const place = placeOf(version, namespace, name);
    const entry = this.#parts.store.get(place);
    if (!entry) {
      if (isPatch || subresource !== "" || !resource.behaviour.createsOnUpdate)
        throw notFound(pluralOf(resource), name);
      return this.create({ version, namespace, dryRun, warn, object: request.change({}) });
    }
    const current = version.show(entry).object;
    const object = request.change(cloneJson(current));
    const identity = identityCauses(version, object);
    if (identity.length > 0) throw invalid({ ...kindOf(resource), kind: textAt(object, "kind") ?? "" }, name, identity);
    if (nameOf(object) !== name) {
      throw badRequest(`the name of the object (${nameOf(object)}) does not match the name on the URL (${name})`);
    }
    this.#placeIn(namespace, version, object);
    checkUpdate({ version, name, object, current, isPatch });
    keepServerOwned(object, current);
    warnOfOwners(object, warn);
    const wish = keepSubresources({ version, object, current, subresource });
    resource.behaviour.prepareUpdate?.(wish, current, subresource);
    version.schema.applyDefaults(wish);
    const inMetadata = updatedMetadataCauses(version, wish, current);
    const causes = [...inMetadata, ...version.schema.validate(wish, current, inMetadata)];
    if (causes.length > 0) throw invalid(kindOf(resource), name, causes);
    if (sameJson(wish, current)) return { view: version.show(entry), created: false };
    countGeneration(version, wish, current);
    return { view: this.#finish(version, place, wish, dryRun), created: false };
  }

  /** Writes an update, or lets the object go when its deletion waited for this. */
  #finish(version: ServedVersion, place: Place, object: JsonObject, dryRun: boolean): View {
    if (!isReleased(object)) return this.#write(version, place, object, dryRun);
    if (!dryRun) this.#parts.store.delete(place, cloneJson(version.store(object)));
    return { object, text: stringifyJson(object) };
  }

  #write(version: ServedVersion, place: Place, object: JsonObject, dryRun: boolean): View {
    if (dryRun) return { object, text: stringifyJson(object) };
    const entry: Entry = this.#parts.store.put(place, version.store(object));
    version.adopt(entry);
    return version.show(entry);
  }

  #placeIn(namespace: string, { resource }: ServedVersion, object: JsonObject): void {
    const metadata = metadataOf(object);
    if (!resource.namespaced) {
      delete metadata["namespace"];
      return;
    }
    if (namespaceOf(object) !== "" && namespaceOf(object) !== namespace) {
      throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
    }
    metadata["namespace"] = namespace;
  }

  #stamp(version: ServedVersion, metadata: JsonObject): void {
    metadata["uid"] = this.#parts.newUid();
    metadata["creationTimestamp"] = isoSeconds(this.#parts.now());
    delete metadata["resourceVersion"];
    for (const owned of [
      "deletionTimestamp",
      "deletionGracePeriodSeconds",
      "selfLink",
      "managedFields",
      "generation",
    ]) {
      delete metadata[owned];
    }
    if (version.resource.behaviour.countsGenerations) metadata["generation"] = 1;
  }

  #generateName(metadata: JsonObject): boolean {
    const prefix = metadata["generateName"];
    if (typeof prefix !== "string" || prefix === "" || (metadata["name"] ?? "") !== "") return false;
    let suffix = "";
    while (suffix.length < 5) suffix += SUFFIX_LETTERS[Math.floor(this.#parts.random() * SUFFIX_LETTERS.length)] ?? "b";
    // A name has 63 characters at most, so the prefix gives way (names.SimpleNameGenerator).
    metadata["name"] = prefix.slice(0, 58) + suffix;
    return true;
  }
}

export function placeOf({ resource }: ServedVersion, namespace: string, name: string): Place {
  return { collection: resource.collection, namespace: resource.namespaced ? namespace : "", name };
}

/** An object that is being deleted and that nobody holds back any more. */
export function isReleased(object: JsonObject): boolean {
  if (!isDeleting(object) || finalizersOf(object).length > 0) return false;
  // A namespace is held by finalizers in its spec as well.
  const inSpec = object["kind"] === "Namespace" ? objectAt(object, "spec")?.["finalizers"] : undefined;
  return !Array.isArray(inSpec) || inSpec.length === 0;
}

function identityCauses({ resource, apiVersion }: ServedVersion, object: JsonObject): Cause[] {
  const wanted: [string, string][] = [
    ["kind", resource.kind],
    ["apiVersion", apiVersion],
  ];
  return wanted.flatMap(([field, value]) => {
    const sent = textAt(object, field) ?? "";
    const message = `Invalid value: ${JSON.stringify(sent)}: must be ${value}`;
    return sent === value ? [] : [{ reason: "FieldValueInvalid", message, field }];
  });
}

/** The real server judges the metadata of an update in two places, that of custom resources in a third, and tells all. */
function updatedMetadataCauses({ resource }: ServedVersion, wish: JsonObject, current: JsonObject): Cause[] {
  const causes = validateObjectMeta(wish, resource.metaRule, current);
  if (causes.length === 0 || resource.definition === undefined) return [...causes, ...causes];
  return [...causes, ...causes, ...validateObjectMeta(wish, resource.metaRule)];
}

/** Generation counts wishes: changes outside metadata, and outside status where that is written apart. */
function countGeneration(version: ServedVersion, wish: JsonObject, current: JsonObject): void {
  if (!version.resource.behaviour.countsGenerations) return;
  const { metadata: _new, status: newStatus, ...wanted } = wish;
  const { metadata: _old, status: oldStatus, ...before } = current;
  if (sameJson(wanted, before) && (version.hasStatus || sameJson(newStatus, oldStatus))) return;
  const generation = objectAt(current, "metadata")?.["generation"];
  metadataOf(wish)["generation"] = (typeof generation === "number" ? generation : 0) + 1;
}

function warnOfOwners(object: JsonObject, warn: (text: string) => void): void {
  const twice = dropDuplicateOwners(object);
  if (twice.length === 0) return;
  warn(
    ".metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject " +
      `such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${twice.join(", ")}`,
  );
}
