import type { JsonObject } from "../../json.ts";
import { isObject, listAt, objectAt, sameJson, textAt } from "../../json.ts";
import type { Cause } from "../../status.ts";
import { fieldForbidden, invalidValue, required } from "../causes.ts";
import { compilePattern } from "../pattern.ts";

type Level = "root" | "item" | "field";

/** Whether a schema is structural (apiextensions-apiserver pkg/apiserver/schema/validation.go). */
export function validateStructural(schema: JsonObject, field: string): Cause[] {
  return structuralCauses(schema, "root", field);
}

const EMPTY_TYPE: Readonly<Record<Level, string>> = {
  root: "must not be empty at the root",
  item: "must not be empty for specified array items",
  field: "must not be empty for specified object fields",
};

function structuralCauses(schema: JsonObject, level: Level, field: string): Cause[] {
  return [
    ...typeCauses(schema, level, field),
    ...extensionCauses(schema, field),
    ...metadataCauses(schema, level, field),
    ...patternCauses(schema, field),
    ...junctorCauses(schema, schema, field),
    ...childCauses(schema, level, field),
  ];
}

function childCauses(schema: JsonObject, level: Level, field: string): Cause[] {
  const items = objectAt(schema, "items");
  const additional = objectAt(schema, "additionalProperties");
  const causes = Object.entries(objectAt(schema, "properties") ?? {}).flatMap(([name, property]) =>
    isObject(property) ? structuralCauses(property, "field", `${field}.properties[${name}]`) : [],
  );
  if (items !== undefined) {
    causes.push(...structuralCauses(items, "item", `${field}.items`));
  }
  if (schema["additionalProperties"] !== undefined && level === "root") {
    causes.push(fieldForbidden(`${field}.additionalProperties`, "must not be used at the root"));
  }
  return additional === undefined
    ? causes
    : [...causes, ...structuralCauses(additional, "field", `${field}.additionalProperties`)];
}

function typeCauses(schema: JsonObject, level: Level, field: string): Cause[] {
  const type = textAt(schema, "type") ?? "";
  const causes: Cause[] = [];
  if (type === "array" && objectAt(schema, "items") === undefined) {
    causes.push(required(`${field}.items`, "must be specified"));
  }
  if (schema["x-kubernetes-embedded-resource"] === true && type !== "object") {
    const text = "must be object if x-kubernetes-embedded-resource is true";
    causes.push(type === "" ? required(`${field}.type`, text) : invalidValue(`${field}.type`, type, text));
  } else if (type === "" && !isSet(schema, "int-or-string") && !isSet(schema, "preserve-unknown-fields")) {
    causes.push(required(`${field}.type`, EMPTY_TYPE[level]));
  }
  if (level === "root" && type !== "" && type !== "object") {
    causes.push(invalidValue(`${field}.type`, type, "must be object at the root"));
  }
  return causes;
}

function isSet(schema: JsonObject, extension: string): boolean {
  return schema[`x-kubernetes-${extension}`] === true;
}

function extensionCauses(schema: JsonObject, field: string): Cause[] {
  const causes: Cause[] = [];
  if (isSet(schema, "int-or-string")) {
    for (const extension of ["preserve-unknown-fields", "embedded-resource"]) {
      if (isSet(schema, extension)) {
        const text = "must be false if x-kubernetes-int-or-string is true";
        causes.push(invalidValue(`${field}.x-kubernetes-${extension}`, true, text));
      }
    }
  }
  if (isSet(schema, "embedded-resource")) {
    causes.push(...embeddedCauses(schema, field));
  }
  return causes;
}

function embeddedCauses(schema: JsonObject, field: string): Cause[] {
  const causes: Cause[] = [];
  if (schema["additionalProperties"] !== undefined) {
    const text = "must not be used if x-kubernetes-embedded-resource is set";
    causes.push(fieldForbidden(`${field}.additionalProperties`, text));
  }
  const empty = Object.keys(objectAt(schema, "properties") ?? {}).length === 0;
  if (empty && !isSet(schema, "preserve-unknown-fields")) {
    const text =
      "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields";
    causes.push(required(`${field}.properties`, text));
  }
  return causes;
}

/** Of metadata, a schema may only restrict the name and generateName; apiVersion and kind are strings. */
function metadataCauses(schema: JsonObject, level: Level, field: string): Cause[] {
  if (level !== "root" && !isSet(schema, "embedded-resource")) {
    return [];
  }
  const properties = objectAt(schema, "properties");
  const causes = ["kind", "apiVersion"].flatMap((name) => {
    const type = textAt(objectAt(properties, name), "type") ?? "";
    const at = `${field}.properties[${name}].type`;
    return objectAt(properties, name) === undefined || type === "string"
      ? []
      : [invalidValue(at, type, "must be string")];
  });
  const metadata = objectAt(properties, "metadata");
  const at = `${field}.properties[metadata]`;
  if (metadata === undefined) {
    return causes;
  }
  if (metadata["type"] !== "object") {
    causes.push(invalidValue(`${at}.type`, metadata["type"] ?? "", "must be object"));
  }
  return level === "root" && !isPlainMetadata(metadata)
    ? [
        ...causes,
        fieldForbidden(
          at,
          "must not specify anything other than name and generateName, but metadata is implicitly specified",
        ),
      ]
    : causes;
}

function isPlainMetadata(metadata: JsonObject): boolean {
  const allowed = Object.keys(metadata).every((key) => ["type", "properties", "description"].includes(key));
  const names = Object.keys(objectAt(metadata, "properties") ?? {});
  return allowed && names.every((name) => name === "name" || name === "generateName");
}

function patternCauses(schema: JsonObject, field: string): Cause[] {
  const pattern = textAt(schema, "pattern") ?? "";
  const compiled = compilePattern(pattern);
  return "mistake" in compiled
    ? [invalidValue(`${field}.pattern`, pattern, `must be a valid regular expression, but isn't: ${compiled.mistake}`)]
    : [];
}

/** Keywords that give structure, and so must not stand inside allOf, anyOf, oneOf and not. */
const STRUCTURE: Readonly<Record<string, string>> = {
  type: "must be empty to be structural",
  additionalProperties: "must be undefined to be structural",
  default: "must be undefined to be structural",
  title: "must be empty to be structural",
  description: "must be empty to be structural",
  nullable: "must be false to be structural",
  externalDocs: "must be undefined to be structural",
  "x-kubernetes-preserve-unknown-fields": "must be false to be structural",
  "x-kubernetes-embedded-resource": "must be false to be structural",
  "x-kubernetes-int-or-string": "must be false to be structural",
  "x-kubernetes-list-map-keys": "must be empty to be structural",
  "x-kubernetes-list-type": "must be undefined to be structural",
  "x-kubernetes-map-type": "must be undefined to be structural",
  "x-kubernetes-validations": "must be empty to be structural",
};
const INT_OR_STRING = [{ type: "integer" }, { type: "string" }];

/** `structure` is the schema outside of all junctors that the value must also fit. */
function junctorCauses(schema: JsonObject, structure: JsonObject, field: string): Cause[] {
  const lists = ["allOf", "anyOf", "oneOf"].flatMap((key) => {
    const junctor = listAt(schema, key) ?? [];
    return isIntOrStringPattern(schema, key) ? [] : junctor.map((each, i) => [each, `${field}.${key}[${i}]`] as const);
  });
  const not = objectAt(schema, "not");
  const all = not === undefined ? lists : [...lists, [not, `${field}.not`] as const];
  return all.flatMap(([each, at]) => (isObject(each) ? nestedCauses(each, structure, at) : []));
}

function isIntOrStringPattern(schema: JsonObject, key: string): boolean {
  return key === "anyOf" && sameJson(schema["anyOf"], INT_OR_STRING);
}

function nestedCauses(schema: JsonObject, structure: JsonObject, field: string): Cause[] {
  const causes = Object.entries(STRUCTURE)
    .filter(([key]) => schema[key] !== undefined && schema[key] !== false && schema[key] !== "")
    .map(([key, text]) => fieldForbidden(`${field}.${key}`, text));
  const properties = Object.entries(objectAt(schema, "properties") ?? {}).flatMap(([name, below]) =>
    isObject(below)
      ? nestedMember(below, objectAt(objectAt(structure, "properties"), name), `${field}.properties[${name}]`)
      : [],
  );
  const items = objectAt(schema, "items");
  const below = items === undefined ? [] : nestedMember(items, objectAt(structure, "items"), `${field}.items`);
  return [
    ...causes,
    ...patternCauses(schema, field),
    ...properties,
    ...below,
    ...junctorCauses(schema, structure, field),
  ];
}

/** A value validation may only speak of what the structure outside the junctors declares. */
function nestedMember(schema: JsonObject, structure: JsonObject | undefined, field: string): Cause[] {
  if (structure === undefined) {
    const outside = field.replace(/\.(?:allOf|anyOf|oneOf)\[\d+\]|\.not(?=\.)/g, "");
    return [required(outside, `because it is defined in ${field}`)];
  }
  return nestedCauses(schema, structure, field);
}
