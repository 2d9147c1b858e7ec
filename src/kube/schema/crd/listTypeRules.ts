import type { JsonObject } from "../../json.ts";
import { objectAt, textAt } from "../../json.ts";
import type { Cause } from "../../status.ts";
import { fieldForbidden, invalidValue, notSupported, required } from "../causes.ts";
import { textsAt } from "../schemaNode.ts";

const KEYS = "x-kubernetes-list-map-keys";
const TYPE = "x-kubernetes-list-type";

/** x-kubernetes-list-type and x-kubernetes-list-map-keys of one schema. */
export function validateListType(schema: JsonObject, field: string): Cause[] {
  const listType = schema[TYPE];
  const keys = textsAt(schema, KEYS);
  const causes: Cause[] = [];
  if (listType === undefined) {
    return keys.length === 0 ? [] : [required(`${field}.${TYPE}`, `must be map if ${KEYS} is non-empty`)];
  }
  if (listType !== "atomic" && listType !== "set" && listType !== "map") {
    causes.push(notSupported(`${field}.${TYPE}`, listType, ["atomic", "map", "set"]));
  }
  const type = textAt(schema, "type") ?? "";
  if (type !== "array") {
    const text = `must be array if ${TYPE} is specified`;
    causes.push(type === "" ? required(`${field}.type`, text) : invalidValue(`${field}.type`, type, text));
    return causes;
  }
  if (listType === "map") {
    return [...causes, ...mapCauses(schema, field, keys)];
  }
  if (keys.length > 0) {
    causes.push(invalidValue(`${field}.${TYPE}`, listType, `must be map if ${KEYS} is non-empty`));
  }
  return listType === "set" ? [...causes, ...setCauses(schema, field)] : causes;
}

function mapCauses(schema: JsonObject, field: string, keys: readonly string[]): Cause[] {
  const items = objectAt(schema, "items");
  const causes: Cause[] = [];
  if (keys.length === 0) {
    causes.push(required(`${field}.${KEYS}`, `must not be empty if ${TYPE} is map`));
  }
  if (items === undefined) {
    return [...causes, required(`${field}.items`, `must have a schema if ${TYPE} is map`)];
  }
  if (items["type"] !== "object") {
    const text = `must be object if parent array's ${TYPE} is map`;
    causes.push(invalidValue(`${field}.items.type`, items["type"], text));
  }
  if (new Set(keys).size < keys.length) {
    causes.push(invalidValue(`${field}.${KEYS}`, [...keys], "must not contain duplicate entries"));
  }
  return [...causes, ...keys.flatMap((key) => keyCauses(items, key, { field, keys }))];
}

interface KeyPlace {
  readonly field: string;
  readonly keys: readonly string[];
}

function keyCauses(items: JsonObject, key: string, { field, keys }: KeyPlace): Cause[] {
  const property = objectAt(objectAt(items, "properties"), key);
  if (property === undefined) {
    return [invalidValue(`${field}.${KEYS}`, [...keys], "entries must all be names of item properties")];
  }
  const at = `${field}.items.properties[${key}]`;
  const type = textAt(property, "type");
  const causes: Cause[] = [];
  if (type === "object" || type === "array") {
    causes.push(invalidValue(`${at}.type`, type, `must be a scalar type if parent array's ${TYPE} is map`));
  }
  if (property["default"] === undefined && !textsAt(items, "required").includes(key)) {
    const text = `this property is in ${KEYS}, so it must have a default or be a required property`;
    causes.push(required(`${at}.default`, text));
  }
  if (property["nullable"] === true) {
    causes.push(fieldForbidden(`${at}.nullable`, `this property is in ${KEYS}, so it cannot be nullable`));
  }
  return causes;
}

/** Items of a set are compared as wholes, so that they must be scalars or atomic. */
function setCauses(schema: JsonObject, field: string): Cause[] {
  const items = objectAt(schema, "items");
  const causes: Cause[] = [];
  if (items?.["nullable"] === true) {
    causes.push(fieldForbidden(`${field}.items.nullable`, `cannot be nullable when ${TYPE} is "set"`));
  }
  if (items?.["type"] === "object" && items["x-kubernetes-map-type"] !== "atomic") {
    const text = `must be atomic as item of a list with ${TYPE}=set`;
    causes.push(invalidValue(`${field}.items.x-kubernetes-map-type`, items["x-kubernetes-map-type"], text));
  }
  if (items?.["type"] === "array" && items[TYPE] !== "atomic" && items[TYPE] !== undefined) {
    const text = `must be atomic as item of a list with ${TYPE}=set`;
    causes.push(invalidValue(`${field}.items.${TYPE}`, items[TYPE], text));
  }
  return causes;
}
