import { z } from "zod";
import type { JsonObject } from "../device.ts";

/**
 * One check that the API server makes at apply, written in CEL and shown to who wrote the manifest.
 * `fieldPath` (relative, such as `.offset`) names the field that is wrong where it lies below the one that has the rule.
 */
export interface CelRule {
  readonly rule: string;
  readonly message: string;
  /** CEL that makes a better message of the value; `message` stands in where it fails. */
  readonly messageExpression?: string;
  readonly fieldPath?: string;
}

/** The rules of a field, as the metadata that the CRD generator carries over. */
export const rules = (...list: readonly CelRule[]) => ({ "x-kubernetes-validations": list });

/** What an apply merges by `key` and where no two entries may share it. */
export const listMapBy = (key: string) => ({ "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [key] });

/** An object whose keys nobody here knows: kept as it is. `known` describes the keys that somebody does know. */
export const openObject = (description: string, known: Readonly<Record<string, unknown>> = {}) =>
  z
    .custom<JsonObject>((value) => typeof value === "object" && value !== null && !Array.isArray(value))
    .meta({
      description,
      type: "object",
      "x-kubernetes-preserve-unknown-fields": true,
      ...known,
    });

/** Resources are read, compared and replaced, never changed in place. Free JSON stays what it is. */
export type DeepReadonly<T> = JsonObject extends T
  ? T
  : T extends readonly (infer Item)[]
    ? readonly DeepReadonly<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
      : T;
