import type { CompiledRules } from "../cel/ruleSet.ts";
import { compileRules } from "../cel/ruleSet.ts";
import type { JsonObject, JsonValue } from "../json.ts";
import { isObject, listAt, objectAt, stringifyJson, textAt } from "../json.ts";
import type { Cause } from "../status.ts";
import { invalidValue } from "./causes.ts";
import { applyDefaults } from "./defaults.ts";
import { embeddedCauses } from "./embedded.ts";
import type { KindSchema } from "./kindSchema.ts";
import { listTypeCauses } from "./listTypes.ts";
import { objectMetaMistake } from "./objectMeta.ts";
import { pruneObject } from "./prune.ts";
import { scaleCauses } from "./scale.ts";
import type { SchemaNode } from "./schemaNode.ts";
import { schemaNodeOf } from "./schemaNode.ts";
import { valueCauses } from "./validateValue.ts";

/** Compiles one element of `spec.versions` of a CRD that passed `validateCrd`. */
export function compileSchema(version: JsonObject): KindSchema {
  const schema = objectAt(objectAt(version, "schema"), "openAPIV3Schema") ?? { type: "object" };
  const node = schemaNodeOf(schema);
  const scale = objectAt(objectAt(version, "subresources"), "scale");
  const rules = compileRules(node);
  return {
    mistake: (object) => objectMetaMistake(object["metadata"]),
    prune: (object) => pruneObject(object, node),
    applyDefaults: (object) => applyDefaults(object, withoutMetadata(node)),
    validate: (object, old, inMetadata = []) => validate({ object, old, node, scale, rules, inMetadata }),
    selectableFields: selectableFieldsOf(version),
    fieldValue: fieldText,
  };
}

/** Defaulting never touches metadata, whatever the schema says of it. */
function withoutMetadata(node: SchemaNode): SchemaNode {
  const properties = new Map(node.properties);
  properties.delete("metadata");
  return { ...node, properties };
}

interface Validation {
  readonly object: JsonObject;
  readonly old: JsonObject | undefined;
  readonly node: SchemaNode;
  readonly scale: JsonObject | undefined;
  readonly rules: CompiledRules;
  readonly inMetadata: readonly Cause[];
}

function validate({ object, old, node, scale, rules, inMetadata }: Validation): Cause[] {
  const values = valueCauses({ value: object, path: "", old }, node);
  const embedded = embeddedCauses(object, node);
  const duplicates = withoutKnown(listTypeCauses(object, node), old === undefined ? [] : listTypeCauses(old, node));
  const replicas = scale === undefined ? [] : scaleCauses(object, scale);
  return [
    ...values,
    ...embedded,
    ...duplicates,
    ...replicas,
    ...ruleCauses([...inMetadata, ...values], { object, old, rules }),
  ];
}

/** List types ratchet as a whole: duplicates that were stored before are tolerated. */
function withoutKnown(causes: readonly Cause[], before: readonly Cause[]): Cause[] {
  const known = new Set(before.map(({ field, message }) => `${field} ${message}`));
  return causes.filter(({ field, message }) => !known.has(`${field} ${message}`));
}

/** Mistakes that make it unsafe to evaluate rules: the object may not have the shape that they were checked against. */
const BLOCKING = new Set([
  "FieldValueRequired",
  "FieldValueNotSupported",
  "FieldValueTypeInvalid",
  "FieldValueTooLong",
  "FieldValueTooMany",
]);
const UNCHECKED =
  "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";

function ruleCauses(causes: readonly Cause[], input: Pick<Validation, "object" | "old" | "rules">): Cause[] {
  const { object, old, rules } = input;
  if (rules.isEmpty) {
    return [];
  }
  if (causes.some(({ reason }) => BLOCKING.has(reason))) {
    return [invalidValue("<nil>", "null", UNCHECKED)];
  }
  return rules.evaluate(object, old);
}

function selectableFieldsOf(version: JsonObject): string[] {
  return (listAt(version, "selectableFields") ?? []).flatMap((field) => {
    const path = textAt(field, "jsonPath");
    return path === undefined ? [] : [path.replace(/^\./, "")];
  });
}

/** A scalar at a dotted path as text; empty when absent. */
export function fieldText(object: JsonObject, path: string): string {
  let value: JsonValue | undefined = object;
  for (const name of path.split(".")) {
    value = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  }
  if (value === undefined || value === null) {
    return "";
  }
  return typeof value === "string" ? value : stringifyJson(value);
}
