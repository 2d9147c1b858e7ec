import { type JsonObject, objectAt, stringifyJson } from "../json.ts";
import type { ServedVersion, View } from "../registry/resource.ts";
import { badRequest } from "../status.ts";
import { partialMetadata, type RowOptions, tableOf, tableRow } from "../table/table.ts";
import type { Wanted } from "./negotiation.ts";

/** How much of the object a Table row carries. */
export type Include = RowOptions["include"];

export function includeOf(query: URLSearchParams): Include {
  const value = query.get("includeObject") ?? "";
  if (value === "") return "Metadata";
  if (value === "None" || value === "Metadata" || value === "Object") return value;
  const problem = `includeObject: Invalid value: ${JSON.stringify(value)}: must be 'Metadata', 'Object', 'None', or empty`;
  throw badRequest(`Unable to convert to Table as requested: ${problem}`);
}

/** What decides how objects of a version are shown to one client. */
export interface Look {
  readonly version: ServedVersion;
  readonly wanted: Wanted;
  readonly include: Include;
  readonly now: number;
}

interface TableParts {
  /** That of the list, or of the one object. */
  readonly metadata: JsonObject;
  /** Watches name the columns once. */
  readonly withColumns: boolean;
}

/** A Table of objects. */
export function tableFor(
  objects: readonly JsonObject[],
  look: Look,
  { metadata, withColumns }: TableParts,
): JsonObject {
  const { version, wanted, include, now } = look;
  const options = { include, version: wanted.metaVersion, nowMs: now };
  const rows = objects.map((object) => tableRow(version.printer, object, options));
  return tableOf(version.printer, rows, { metadata, version: wanted.metaVersion, withColumns });
}

/** Metadata of a Table that shows one object. */
export function tableMetadataOf(object: JsonObject): JsonObject {
  const resourceVersion = objectAt(object, "metadata")?.["resourceVersion"];
  return resourceVersion === undefined ? {} : { resourceVersion };
}

/** One object in the shape that the client asked for. */
export function shapeOne(view: View, look: Look): View {
  switch (look.wanted.shape) {
    case "object":
      return view;
    case "Table":
      return viewOf(tableFor([view.object], look, { metadata: tableMetadataOf(view.object), withColumns: true }));
    case "PartialObjectMetadata":
    case "PartialObjectMetadataList":
      return viewOf(partialMetadata(view.object, look.wanted.metaVersion));
  }
}

function viewOf(object: JsonObject): View {
  return { object, text: stringifyJson(object) };
}
