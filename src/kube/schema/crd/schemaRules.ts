import type { JsonObject } from "../../json.ts";
import { isObject, listAt, objectAt, textAt } from "../../json.ts";
import type { Cause } from "../../status.ts";
import { fieldForbidden, invalidValue, notSupported, required } from "../causes.ts";
import { schemaNodeOf } from "../schemaNode.ts";
import { validateDefaults } from "./defaultValues.ts";
import { validateListType } from "./listTypeRules.ts";
import { validateRules } from "./ruleRules.ts";
import { validateStructural } from "./structural.ts";

/** One openAPIV3Schema of a definition: allowed keywords, then structure, then defaults and CEL rules. */
export function validateSchema(schema: JsonObject, field: string): Cause[] {
  const keywords = keywordCauses(schema, field);
  if (keywords.length > 0) {
    return keywords;
  }
  const structure = validateStructural(schema, field);
  if (structure.length > 0) {
    return structure;
  }
  return [...validateDefaults(schema, field), ...validateRules(schemaNodeOf(schema), field)];
}

const UNSUPPORTED = ["id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref"];
const TYPES = ["array", "boolean", "integer", "number", "object", "string"];

function keywordCauses(schema: JsonObject, field: string): Cause[] {
  return [
    ...UNSUPPORTED.filter((key) => schema[key] !== undefined).map((key) =>
      fieldForbidden(`${field}.${key}`, `${key} is not supported`),
    ),
    ...valueCauses(schema, field),
    ...typeCauses(schema, field),
    ...validateListType(schema, field),
    ...nested(schema, field).flatMap(([below, at]) => keywordCauses(below, at)),
  ];
}

function valueCauses(schema: JsonObject, field: string): Cause[] {
  const causes: Cause[] = [];
  if (schema["uniqueItems"] === true) {
    const text = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
    causes.push(fieldForbidden(`${field}.uniqueItems`, text));
  }
  if (Array.isArray(schema["items"])) {
    causes.push(fieldForbidden(`${field}.items`, "items must be a schema object and not an array"));
  }
  const additional = schema["additionalProperties"];
  const hasProperties = Object.keys(objectAt(schema, "properties") ?? {}).length > 0;
  if (hasProperties && (additional === false || isObject(additional))) {
    const text = "additionalProperties and properties are mutual exclusive";
    causes.push(fieldForbidden(`${field}.additionalProperties`, text));
  }
  if (schema["x-kubernetes-preserve-unknown-fields"] === false) {
    causes.push(invalidValue(`${field}.x-kubernetes-preserve-unknown-fields`, false, "must be true or undefined"));
  }
  return causes;
}

function typeCauses(schema: JsonObject, field: string): Cause[] {
  const type = textAt(schema, "type") ?? "";
  if (type === "null") {
    return [fieldForbidden(`${field}.type`, "type cannot be set to null, use nullable as an alternative")];
  }
  const causes = type === "" || TYPES.includes(type) ? [] : [notSupported(`${field}.type`, type, TYPES)];
  const mapType = schema["x-kubernetes-map-type"];
  if (mapType === undefined) {
    return causes;
  }
  if (mapType !== "granular" && mapType !== "atomic") {
    causes.push(notSupported(`${field}.x-kubernetes-map-type`, mapType, ["atomic", "granular"]));
  }
  const text = "must be object if x-kubernetes-map-type is specified";
  if (type !== "object") {
    causes.push(type === "" ? required(`${field}.type`, text) : invalidValue(`${field}.type`, type, text));
  }
  return causes;
}

/** The schemas directly below one, with their fields; also those of the junctors. */
function nested(schema: JsonObject, field: string): (readonly [JsonObject, string])[] {
  const properties = Object.entries(objectAt(schema, "properties") ?? {}).map(
    ([name, below]) => [below, `${field}.properties[${name}]`] as const,
  );
  const single = ["items", "additionalProperties", "not"].map((key) => [schema[key], `${field}.${key}`] as const);
  const junctors = ["allOf", "anyOf", "oneOf"].flatMap((key) =>
    (listAt(schema, key) ?? []).map((below, i) => [below, `${field}.${key}[${i}]`] as const),
  );
  return [...properties, ...single, ...junctors].flatMap(([below, at]) =>
    isObject(below) ? [[below, at] as const] : [],
  );
}
