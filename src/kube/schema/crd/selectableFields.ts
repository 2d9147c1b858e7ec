import type { JsonObject, JsonValue } from "../../json.ts";
import { isObject, objectAt, textAt } from "../../json.ts";
import type { Cause } from "../../status.ts";
import { duplicate, invalidValue, required, tooMany } from "../causes.ts";

const MOST = 8;
const SELECTABLE = new Set(["string", "boolean", "integer"]);

/** selectableFields of a version: scalar fields of its schema outside metadata. */
export function validateSelectableFields(fields: JsonValue, field: string, schema: JsonObject): Cause[] {
  const list = (Array.isArray(fields) ? fields : []).filter(isObject);
  const seen = new Set<string>();
  const causes = list.flatMap((each, i) => {
    const path = textAt(each, "jsonPath") ?? "";
    const at = `${field}[${i}].jsonPath`;
    if (seen.has(path)) {
      return [duplicate(at, path)];
    }
    seen.add(path);
    return path === "" ? [required(at)] : pathCauses(path, at, schema);
  });
  return list.length > MOST ? [tooMany(field, list.length, MOST), ...causes] : causes;
}

function pathCauses(path: string, field: string, schema: JsonObject): Cause[] {
  const target = schemaAt(path, schema);
  if (target === undefined) {
    return [invalidValue(field, path, "is an invalid path: does not refer to a valid field")];
  }
  return SELECTABLE.has(textAt(target, "type") ?? "")
    ? []
    : [
        invalidValue(
          field,
          path,
          "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.",
        ),
      ];
}

function schemaAt(path: string, schema: JsonObject): JsonObject | undefined {
  let found: JsonObject | undefined = schema;
  for (const name of path.split(".").slice(1)) {
    found = objectAt(objectAt(found, "properties"), name);
  }
  return path.startsWith(".") && found !== schema ? found : undefined;
}
