import type { JsonObject } from "../json.ts";
import type { KindSchema } from "../schema/kindSchema.ts";
import type { MetaRule } from "../schema/objectMeta.ts";
import type { Named } from "../status.ts";
import type { Entry } from "../store/entry.ts";
import type { Printer } from "../table/printers.ts";

export type Verb = "create" | "delete" | "deletecollection" | "get" | "list" | "patch" | "update" | "watch";

/** Where a scale subresource finds its numbers, as dotted paths. */
export interface ScalePaths {
  readonly specReplicas: string;
  readonly statusReplicas: string;
  readonly labelSelector: string | undefined;
}

/** An object as one version shows it, with its JSON. */
export interface View {
  readonly object: JsonObject;
  readonly text: string;
}

/** One version of a resource, as it is served. A change of its definition makes a new one, so it can carry caches. */
export interface ServedVersion {
  readonly resource: Resource;
  readonly version: string;
  /** `group/version`, or the version alone for the core group. */
  readonly apiVersion: string;
  /** The text of the warning that every answer carries. */
  readonly deprecation: string | undefined;
  readonly schema: KindSchema;
  readonly hasStatus: boolean;
  readonly scale: ScalePaths | undefined;
  readonly printer: Printer;
  /** The OpenAPI schema that a definition gives; undefined for built-ins. */
  readonly openApiSchema: JsonObject | undefined;
  /** From the stored form, of which nothing may be changed. */
  show(entry: Entry): View;
  /** Says that an entry was just written through this version, so that it need not be cleaned again to be shown. */
  adopt(entry: Entry): void;
  /** To the stored form. */
  store(object: JsonObject): JsonObject;
}

/** How objects of a resource behave beyond their schema. */
export interface Behaviour {
  /** Kinds with `metadata.generation`. */
  readonly countsGenerations: boolean;
  /** PUT without resourceVersion overwrites. */
  readonly updatesUnconditionally: boolean;
  /** PUT of an absent object creates it. */
  readonly createsOnUpdate: boolean;
  /** What the server itself fills in at creation, beyond metadata. */
  prepareCreate?(object: JsonObject): void;
  /**
   * For kinds whose own controller empties them first: marks the object (its own copy) instead of the usual marks, so
   * that it is held. Throws ApiError where the object may not go.
   */
  beforeDelete?(object: JsonObject, now: number): void;
  /** What of the old object an update cannot change. */
  prepareUpdate?(object: JsonObject, old: JsonObject, subresource: string): void;
}

export interface Resource {
  readonly group: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly listKind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly Verb[];
  /** Where its objects are stored. */
  readonly collection: string;
  /** The name of the definition it was made from; undefined for built-ins. */
  readonly definition: string | undefined;
  readonly metaRule: MetaRule;
  readonly behaviour: Behaviour;
  /** Subresources beside `status` and `scale`, with their verbs. */
  readonly subresources: Readonly<Record<string, readonly Verb[]>>;
  /** The version that objects are stored in. */
  readonly storedVersion: string;
  /** Served ones, most mature first. */
  readonly versions: readonly ServedVersion[];
}

/** The name of a resource in most errors: the plural. */
export const pluralOf = ({ group, plural }: Resource): Named => ({ group, kind: plural });

/** The name of a resource in 422s: the Kind, in the group that it is stored in. */
export const kindOf = ({ group, kind, plural, collection }: Resource): Named => ({
  group: collection === plural ? "" : group,
  kind,
});

export const apiVersionOf = (group: string, version: string): string =>
  group === "" ? version : `${group}/${version}`;

export const collectionOf = (group: string, plural: string): string => (group === "" ? plural : `${plural}.${group}`);
