import type { JsonObject } from "../json.ts";
import type { Cause } from "../status.ts";

/** What one served version of one kind demands of its objects; custom resources and built-ins alike. Metadata is not judged here. */
export interface KindSchema {
  /** What a typed Go decoder could not read, in its words, or undefined. Answered with 400. */
  mistake(object: JsonObject): string | undefined;
  /** Removes in place what the schema does not know; answers the paths that were removed, such as `spec.nope`. */
  prune(object: JsonObject): string[];
  /** Fills in defaults in place, drops nulls that may not be, and gives built-in fields their canonical form. */
  applyDefaults(object: JsonObject): void;
  /**
   * All mistakes of an object; with `old`, transition rules run, and mistakes in parts that did not change are tolerated.
   * `inMetadata` are those already found there: rules are not run on an object that lacks what they may rely on.
   */
  validate(object: JsonObject, old?: JsonObject, inMetadata?: readonly Cause[]): Cause[];
  /** Fields that a field selector may name besides metadata.name and metadata.namespace. */
  readonly selectableFields: readonly string[];
  /** The value of such a field as text; empty when absent. */
  fieldValue(object: JsonObject, path: string): string;
}
