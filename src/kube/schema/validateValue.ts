import type { JsonObject, JsonValue } from "../json.ts";
import { isObject, ownValue, sameJson } from "../json.ts";
import type { Cause } from "../status.ts";
import { invalidValue, notSupported, required, tooLongValue, tooMany, typeInvalid } from "./causes.ts";
import { hasFormat } from "./formats.ts";
import { compilePattern } from "./pattern.ts";
import type { SchemaNode } from "./schemaNode.ts";
import { memberNode } from "./schemaNode.ts";
import { numberCauses } from "./validateNumber.ts";

/** A value with the place where it stands; `old` is what stood there before, if it can be matched up. */
export interface Located {
  readonly value: JsonValue | undefined;
  readonly path: string;
  readonly old?: JsonValue | undefined;
}

/**
 * Judges a value by the value validations of a schema (types, limits, enums, formats, junctors), in the words of
 * k8s.io/kube-openapi/pkg/validation. On update, mistakes of values that did not change are tolerated (ratcheting,
 * KEP-4008): `old` is followed through members and list-map items.
 */
export function valueCauses(located: Located, node: SchemaNode): Cause[] {
  const { value, path, old } = located;
  if (old !== undefined && sameJson(value, old)) {
    return [];
  }
  const own = value === null ? nullCauses(path, node) : typedCauses(value, path, node);
  return [...own, ...junctorCauses(located, node), ...childCauses(located, node)];
}

function nullCauses(path: string, node: SchemaNode): Cause[] {
  if (node.nullable || (node.type === undefined && !node.intOrString)) {
    return [];
  }
  return [wrongType(path, node.type ?? "integer,string", "null"), ...enumCauses(null, path, node)];
}

function typedCauses(value: JsonValue | undefined, path: string, node: SchemaNode): Cause[] {
  return [
    ...typeCauses(value, path, node),
    ...enumCauses(value, path, node),
    ...scalarCauses(value, path, node),
    ...sizeCauses(value, path, node),
  ];
}

/** The JSON Schema name of a value's type; a whole float counts as integer. */
function typeName(value: JsonValue | undefined): string {
  if (value === null || value === undefined) {
    return "null";
  }
  if (Array.isArray(value)) {
    return "array";
  }
  if (typeof value === "number") {
    return Number.isInteger(value) ? "integer" : "number";
  }
  return typeof value === "bigint" ? "integer" : typeof value;
}

function typeCauses(value: JsonValue | undefined, path: string, node: SchemaNode): Cause[] {
  const found = typeName(value);
  if (node.intOrString) {
    return found === "integer" || found === "string" ? [] : [wrongType(path, "integer,string", found)];
  }
  const fits = node.type === undefined || node.type === found || (node.type === "number" && found === "integer");
  return fits ? [] : [wrongType(path, node.type ?? "", found)];
}

function wrongType(path: string, wanted: string, found: string): Cause {
  return typeInvalid(path, found, `${path} in body must be of type ${wanted}: ${JSON.stringify(found)}`);
}

function enumCauses(value: JsonValue | undefined, path: string, node: SchemaNode): Cause[] {
  if (node.enum === undefined || node.enum.some((allowed) => sameJson(allowed, value))) {
    return [];
  }
  const supported = node.enum.map((allowed) => (typeof allowed === "string" ? allowed : JSON.stringify(allowed)));
  return [notSupported(path, value, supported)];
}

function scalarCauses(value: JsonValue | undefined, path: string, node: SchemaNode): Cause[] {
  if (typeof value === "string") {
    return stringCauses(value, path, node);
  }
  return typeof value === "number" || typeof value === "bigint" ? numberCauses(value, path, node.limits) : [];
}

function stringCauses(value: string, path: string, node: SchemaNode): Cause[] {
  const { minLength, maxLength } = node.limits;
  const length = minLength === undefined && maxLength === undefined ? 0 : [...value].length;
  const causes: Cause[] = [];
  if (maxLength !== undefined && length > maxLength) {
    causes.push(tooLongValue(path, maxLength));
  }
  if (minLength !== undefined && length < minLength) {
    causes.push(invalidValue(path, value, `${path} in body should be at least ${minLength} chars long`));
  }
  if (node.pattern !== undefined && !matches(value, node.pattern)) {
    causes.push(invalidValue(path, value, `${path} in body should match '${node.pattern}'`));
  }
  if (node.format !== undefined && !hasFormat(value, node.format)) {
    causes.push(typeInvalid(path, value, `${path} in body must be of type ${node.format}: ${JSON.stringify(value)}`));
  }
  return causes;
}

const patterns = new Map<string, ReturnType<typeof compilePattern>>();
/** More distinct patterns than all CRDs of a big cluster have; bounds the memory. */
const MAX_PATTERNS = 10_000;

/** A pattern that does not compile here was refused with its CRD, so that it matches everything can only meet old CRDs. */
function matches(value: string, pattern: string): boolean {
  let compiled = patterns.get(pattern);
  if (compiled === undefined) {
    compiled = compilePattern(pattern);
    if (patterns.size >= MAX_PATTERNS) {
      patterns.clear();
    }
    patterns.set(pattern, compiled);
  }
  return "mistake" in compiled || compiled.matches(value);
}

function sizeCauses(value: JsonValue | undefined, path: string, node: SchemaNode): Cause[] {
  if (Array.isArray(value)) {
    return countCauses(path, value.length, { min: node.limits.minItems, max: node.limits.maxItems, noun: "items" });
  }
  if (!isObject(value)) {
    return [];
  }
  const { minProperties: min, maxProperties: max } = node.limits;
  const missing = node.required.filter((name) => !Object.hasOwn(value, name));
  return [
    ...countCauses(path, Object.keys(value).length, { min, max, noun: "properties" }),
    ...missing.map((name) => required(join(path, name))),
  ];
}

interface Count {
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly noun: string;
}

function countCauses(path: string, count: number, { min, max, noun }: Count): Cause[] {
  const few = min !== undefined && count < min;
  return [
    ...(few ? [invalidValue(path, count, `${path} in body should have at least ${min} ${noun}`)] : []),
    ...(max !== undefined && count > max ? [tooMany(path, count, max)] : []),
  ];
}

function junctorCauses({ value, path }: Located, node: SchemaNode): Cause[] {
  const fits = (schema: SchemaNode) => valueCauses({ value, path }, schema).length === 0;
  const quoted = JSON.stringify(path);
  const causes = node.allOf.flatMap((schema) => valueCauses({ value, path }, schema));
  if (node.allOf.some((schema) => !fits(schema))) {
    causes.push(invalidValue(path, "", `${quoted} must validate all the schemas (allOf)`));
  }
  if (node.anyOf.length > 0 && !node.intOrString && !node.anyOf.some(fits)) {
    causes.push(invalidValue(path, "", `${quoted} must validate at least one schema (anyOf)`));
  }
  const valid = node.oneOf.filter(fits).length;
  if (node.oneOf.length > 0 && valid !== 1) {
    const found = valid === 0 ? "Found none valid" : `Found ${valid} valid alternatives`;
    causes.push(invalidValue(path, "", `${quoted} must validate one and only one schema (oneOf). ${found}`));
  }
  if (node.not !== undefined && fits(node.not)) {
    causes.push(invalidValue(path, "", `${quoted} must not validate the schema (not)`));
  }
  return causes;
}

function childCauses({ value, path, old }: Located, node: SchemaNode): Cause[] {
  if (Array.isArray(value)) {
    return itemCauses(value, path, old, node);
  }
  return isObject(value) ? memberCauses(value, path, old, node) : [];
}

function itemCauses(list: readonly JsonValue[], path: string, old: JsonValue | undefined, node: SchemaNode): Cause[] {
  const { items } = node;
  if (items === undefined) {
    return [];
  }
  const before = oldItemOf(old, node);
  return list.flatMap((value, i) => valueCauses({ value, path: `${path}[${i}]`, old: before(value) }, items));
}

/** Finds what an item was before: only items of list maps have an identity. */
export function oldItemOf(old: JsonValue | undefined, node: SchemaNode): (item: JsonValue) => JsonValue | undefined {
  if (!Array.isArray(old) || node.listType !== "map") {
    return () => undefined;
  }
  const byKey = new Map(old.map((item) => [itemKey(item, node), item]));
  return (item) => byKey.get(itemKey(item, node));
}

/** The identity of an item of a list map. */
export function itemKey(item: JsonValue, node: SchemaNode): string {
  return JSON.stringify(node.listMapKeys.map((key) => (isObject(item) ? String(ownValue(item, key)) : null)));
}

function memberCauses(object: JsonObject, path: string, old: JsonValue | undefined, node: SchemaNode): Cause[] {
  return Object.entries(object).flatMap(([name, value]) => {
    const member = memberNode(node, name);
    const before = isObject(old) ? ownValue(old, name) : undefined;
    return member === undefined || (value === null && member.nullable)
      ? []
      : valueCauses({ value, path: join(path, name), old: before }, member);
  });
}

export function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}
