import { component, OBJECT_META } from "../builtins/components.ts";
import type { JsonObject, JsonValue } from "../json.ts";
import { isObject, listAt, objectAt, stringifyJson, textAt } from "../json.ts";
import { ageOf, humanDuration } from "./age.ts";
import { findAll, type JsonPath, parseJsonPath } from "./jsonPath.ts";

/** One column of a Table (meta.k8s.io/v1 TableColumnDefinition). */
export interface ColumnDefinition {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  /** 0 is always shown, more only with `-o wide`. */
  readonly priority: number;
}

/** Turns objects of one kind into rows: a cell for each column, in order. */
export interface Printer {
  readonly columns: readonly ColumnDefinition[];
  cells(object: JsonObject, nowMs: number): JsonValue[];
}

export interface Column {
  readonly name: string;
  readonly type?: string;
  readonly description?: string;
  readonly priority?: number;
  cell(object: JsonObject, nowMs: number): JsonValue;
}

const META_PROPERTIES = objectAt(component(OBJECT_META), "properties");

/** What the documentation of metadata says of one member; the descriptions of the Name and Age columns. */
export function metaDescription(member: string): string {
  return textAt(objectAt(META_PROPERTIES, member), "description") ?? "";
}

/** A printer whose first column is the name. */
export function printerOf(columns: readonly Column[]): Printer {
  const name: ColumnDefinition = {
    name: "Name",
    type: "string",
    format: "name",
    description: metaDescription("name"),
    priority: 0,
  };
  const definitions = columns.map((column) => ({
    name: column.name,
    type: column.type ?? "string",
    format: "",
    description: column.description ?? "",
    priority: column.priority ?? 0,
  }));
  return {
    columns: [name, ...definitions],
    cells: (object, nowMs) => [nameOf(object), ...columns.map((column) => column.cell(object, nowMs))],
  };
}

function nameOf(object: JsonObject): string {
  return textAt(objectAt(object, "metadata"), "name") ?? "";
}

/** The creation time as an age; custom resources call the column's type "date", built-ins "string". */
export function ageColumn(type: "date" | "string"): Column {
  return {
    name: "Age",
    type,
    description: metaDescription("creationTimestamp"),
    cell: (object, nowMs) => ageOf(textAt(objectAt(object, "metadata"), "creationTimestamp"), nowMs),
  };
}

/** The printer of a custom resource: its additionalPrinterColumns, or Name and Age. `version` is an element of spec.versions. */
export function customResourcePrinter(version: JsonObject): Printer {
  const columns = (listAt(version, "additionalPrinterColumns") ?? []).filter(isObject);
  return printerOf(columns.length === 0 ? [ageColumn("date")] : columns.map(customColumn));
}

function customColumn(column: JsonObject): Column {
  const path = textAt(column, "jsonPath") ?? "";
  const type = textAt(column, "type") ?? "string";
  const parsed = parseJsonPath(path);
  const priority = column["priority"];
  return {
    name: textAt(column, "name") ?? "",
    type,
    description: textAt(column, "description") || `Custom resource definition column (in JSONPath format): ${path}`,
    priority: typeof priority === "number" ? priority : 0,
    cell: (object, nowMs) => (parsed === undefined ? null : customCell(object, { path: parsed, type, nowMs })),
  };
}

interface CellRequest {
  readonly path: JsonPath;
  readonly type: string;
  readonly nowMs: number;
}

/** Only the first value that the path finds is shown; a value that does not fit the column's type is left empty. */
function customCell(object: JsonObject, { path, type, nowMs }: CellRequest): JsonValue {
  const [value] = findAll(object, path);
  if (value === undefined || value === null) {
    return null;
  }
  switch (type) {
    case "integer":
      return integerCell(value);
    case "number":
      return typeof value === "number" || typeof value === "bigint" ? value : null;
    case "boolean":
      return typeof value === "boolean" ? value : null;
    case "date":
      return typeof value === "string" ? dateCell(value, nowMs) : null;
    default:
      return typeof value === "string" ? value : stringifyJson(value);
  }
}

function integerCell(value: JsonValue): JsonValue {
  return typeof value === "number" ? Math.trunc(value) : typeof value === "bigint" ? value : null;
}

function dateCell(text: string, nowMs: number): string {
  const at = Date.parse(text);
  return Number.isNaN(at) ? "<invalid>" : humanDuration(nowMs - at);
}
