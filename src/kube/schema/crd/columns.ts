import type { JsonObject, JsonValue } from "../../json.ts";
import { isObject, textAt } from "../../json.ts";
import type { Cause } from "../../status.ts";
import { invalidValue, required } from "../causes.ts";

const TYPES = ["boolean", "date", "integer", "number", "string"];
const FORMATS = ["byte", "date", "date-time", "double", "float", "int32", "int64", "name", "password"];

/** additionalPrinterColumns of a version. */
export function validateColumns(columns: JsonValue, field: string): Cause[] {
  return (Array.isArray(columns) ? columns : [])
    .filter(isObject)
    .flatMap((column, i) => columnCauses(column, `${field}[${i}]`));
}

function columnCauses(column: JsonObject, field: string): Cause[] {
  const path = textAt(column, "jsonPath") ?? "";
  return [
    ...((textAt(column, "name") ?? "") === "" ? [required(`${field}.name`)] : []),
    ...memberCauses(column, field, { member: "type", allowed: TYPES, needed: true }),
    ...memberCauses(column, field, { member: "format", allowed: FORMATS, needed: false }),
    ...(path === "" ? [required(`${field}.JSONPath`)] : simplePathCauses(path, `${field}.JSONPath`)),
  ];
}

interface Member {
  readonly member: string;
  readonly allowed: readonly string[];
  readonly needed: boolean;
}

function memberCauses(column: JsonObject, field: string, { member, allowed, needed }: Member): Cause[] {
  const value = textAt(column, member) ?? "";
  if (value === "") {
    return needed ? [required(`${field}.${member}`, `must be one of ${allowed.join(",")}`)] : [];
  }
  return allowed.includes(value)
    ? []
    : [invalidValue(`${field}.${member}`, value, `must be one of ${allowed.join(",")}`)];
}

/** A JSONPath without braces that begins with a dot. */
export function simplePathCauses(path: string, field: string): Cause[] {
  return path.startsWith(".") ? [] : [invalidValue(field, path, "must be a simple json path starting with .")];
}
