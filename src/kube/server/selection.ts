import { type JsonObject, objectAt } from "../json.ts";
import { nameOf, namespaceOf } from "../registry/metadata.ts";
import type { ServedVersion } from "../registry/resource.ts";
import { matchesFields, matchesLabels, parseFieldSelector, parseLabelSelector } from "../selectors.ts";
import type { ListOptions } from "./options.ts";

/** Whether an object, as the version shows it, is wanted; undefined where everything is. */
export type Selection = ((object: JsonObject) => boolean) | undefined;

interface SelectionRequest {
  readonly version: ServedVersion;
  readonly options: Pick<ListOptions, "labelSelector" | "fieldSelector">;
  /** Of a watch on the path of one object. */
  readonly name?: string;
}

/** Throws ApiError 400 for selectors that do not parse or name a field that the kind does not offer. */
export function selectionOf({ version, options, name = "" }: SelectionRequest): Selection {
  const { schema } = version;
  const supported = (path: string) =>
    path === "metadata.name" || path === "metadata.namespace" || schema.selectableFields.includes(path);
  const labels = parseLabelSelector(options.labelSelector);
  const fields = parseFieldSelector(options.fieldSelector, supported);
  if (labels.length === 0 && fields.length === 0 && name === "") return undefined;
  return (object) =>
    (name === "" || nameOf(object) === name) &&
    matchesLabels(labels, objectAt(object["metadata"], "labels")) &&
    matchesFields(fields, (path) => fieldOf(version, object, path));
}

function fieldOf({ schema }: ServedVersion, object: JsonObject, path: string): string {
  if (path === "metadata.name") return nameOf(object);
  return path === "metadata.namespace" ? namespaceOf(object) : schema.fieldValue(object, path);
}
