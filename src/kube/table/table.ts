import type { JsonObject, JsonValue } from "../json.ts";
import type { ColumnDefinition, Printer } from "./printers.ts";

export type TableVersion = "v1" | "v1beta1";

export interface RowOptions {
  /** What `includeObject` asks for: nothing, PartialObjectMetadata (the default), or the object. */
  readonly include: "None" | "Metadata" | "Object";
  readonly version: TableVersion;
  readonly nowMs: number;
}

/** One row of a Table (meta.k8s.io/v1 TableRow). */
export function tableRow(printer: Printer, object: JsonObject, { include, version, nowMs }: RowOptions): JsonObject {
  return { cells: printer.cells(object, nowMs), object: rowObject(object, include, version) };
}

function rowObject(object: JsonObject, include: RowOptions["include"], version: TableVersion): JsonValue {
  switch (include) {
    case "None":
      return null;
    case "Object":
      return object;
    case "Metadata":
      return partialMetadata(object, version);
  }
}

export interface TableOptions {
  /** The list's metadata; for one object its resourceVersion. */
  readonly metadata: JsonObject;
  readonly version: TableVersion;
  /** False in all but the first event of a watch. */
  readonly withColumns: boolean;
}

/** A Table of rows made by `tableRow`. */
export function tableOf(
  printer: Printer,
  rows: JsonObject[],
  { metadata, version, withColumns }: TableOptions,
): JsonObject {
  return {
    kind: "Table",
    apiVersion: `meta.k8s.io/${version}`,
    metadata,
    columnDefinitions: withColumns ? printer.columns.map(columnOf) : null,
    rows,
  };
}

function columnOf({ name, type, format, description, priority }: ColumnDefinition): JsonObject {
  return { name, type, format, description, priority };
}

/** PartialObjectMetadata of an object: who only needs names and labels asks for it. */
export function partialMetadata(object: JsonObject, version: TableVersion): JsonObject {
  return { kind: "PartialObjectMetadata", apiVersion: `meta.k8s.io/${version}`, metadata: object["metadata"] ?? {} };
}
