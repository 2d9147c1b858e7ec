import { OBJECT_META } from "../builtins/components.ts";
import { decodeTyped, wrongStruct } from "../builtins/typedDecode.ts";
import type { JsonObject, JsonValue } from "../json.ts";
import { isObject, listAt, objectAt, sameJson, textAt } from "../json.ts";
import type { Cause } from "../status.ts";
import { fieldForbidden, goValue, invalidValue, required, tooLongValue } from "./causes.ts";
import {
  label1035Mistakes,
  labelKeyMistakes,
  labelMistakes,
  labelValueMistakes,
  pathSegmentMistakes,
  subdomainMistakes,
} from "./names.ts";

/** Metadata of all objects (k8s.io/apimachinery/pkg/api/validation: ValidateObjectMeta, ValidateObjectMetaUpdate). */
export interface MetaRule {
  readonly namespaced: boolean;
  /** What the name must be: most objects a subdomain, namespaces a label, services a 1035 label, roles a path segment. */
  readonly name: "subdomain" | "label" | "label1035" | "path";
}

const NAME_MISTAKES = {
  subdomain: subdomainMistakes,
  label: labelMistakes,
  label1035: label1035Mistakes,
  path: pathSegmentMistakes,
} as const;
/** All annotations of an object together, in bytes. */
const ANNOTATIONS_LIMIT = 256 * 1024;

/** What Go could not decode in the metadata of a custom resource, or undefined. */
export function objectMetaMistake(metadata: JsonValue | undefined): string | undefined {
  if (metadata === undefined || metadata === null) {
    return undefined;
  }
  if (!isObject(metadata)) {
    return wrongStruct(metadata, OBJECT_META);
  }
  return decodeTyped(metadata, OBJECT_META, { path: "metadata", clean: false }).mistake;
}

/** Removes unknown members and empties from metadata in place; answers the paths of the unknown ones. */
export function pruneObjectMeta(metadata: JsonObject, path: string): readonly string[] {
  return decodeTyped(metadata, OBJECT_META, { path, clean: true }).unknown;
}

/** Mistakes of `object.metadata`; with `old`, also what an update must not change. */
export function validateObjectMeta(object: JsonObject, rule: MetaRule, old?: JsonObject): Cause[] {
  const metadata = objectAt(object, "metadata") ?? {};
  const before = objectAt(old, "metadata");
  return [
    ...(before === undefined ? validateNames(metadata, rule) : validateUnchanged(metadata, before)),
    ...validateLabels(metadata),
    ...validateAnnotations(metadata),
    ...validateOwners(metadata),
    ...validateFinalizers(metadata),
  ];
}

function validateNames(metadata: JsonObject, rule: MetaRule): Cause[] {
  const mistakesOf = NAME_MISTAKES[rule.name];
  const name = textAt(metadata, "name") ?? "";
  const generateName = textAt(metadata, "generateName") ?? "";
  const prefix = generateName.replace(/-+$/, "");
  return [
    ...(generateName === "" ? [] : mistakesOf(prefix)).map((text) =>
      invalidValue("metadata.generateName", generateName, text),
    ),
    ...(name === ""
      ? [required("metadata.name", "name or generateName is required")]
      : mistakesOf(name).map((text) => invalidValue("metadata.name", name, text))),
    ...validateNamespace(textAt(metadata, "namespace") ?? "", rule),
  ];
}

function validateNamespace(namespace: string, rule: MetaRule): Cause[] {
  if (!rule.namespaced) {
    return namespace === "" ? [] : [fieldForbidden("metadata.namespace", "not allowed on this type")];
  }
  return namespace === ""
    ? [required("metadata.namespace")]
    : labelMistakes(namespace).map((text) => invalidValue("metadata.namespace", namespace, text));
}

function validateUnchanged(metadata: JsonObject, before: JsonObject): Cause[] {
  const fixed = ["name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"];
  const changed = fixed.filter((key) => !sameJson(metadata[key], before[key]));
  const causes = changed.map((key) => invalidValue(`metadata.${key}`, metadata[key], "field is immutable"));
  return [...causes, ...newFinalizers(metadata, before)];
}

function newFinalizers(metadata: JsonObject, before: JsonObject): Cause[] {
  if (before["deletionTimestamp"] === undefined) {
    return [];
  }
  const known = new Set(listAt(before, "finalizers") ?? []);
  const fresh = (listAt(metadata, "finalizers") ?? []).filter((finalizer) => !known.has(finalizer));
  if (fresh.length === 0) {
    return [];
  }
  const found = `[]string{${[...new Set(fresh)].sort().map(goValue).join(", ")}}`;
  const text = `no new finalizers can be added if the object is being deleted, found new finalizers ${found}`;
  return [fieldForbidden("metadata.finalizers", text)];
}

function validateLabels(metadata: JsonObject): Cause[] {
  return Object.entries(objectAt(metadata, "labels") ?? {}).flatMap(([key, value]) => [
    ...labelKeyMistakes(key).map((text) => invalidValue("metadata.labels", key, text)),
    ...(typeof value === "string" ? labelValueMistakes(value) : []).map((text) =>
      invalidValue("metadata.labels", value, text),
    ),
  ]);
}

function validateAnnotations(metadata: JsonObject): Cause[] {
  const annotations = Object.entries(objectAt(metadata, "annotations") ?? {});
  let bytes = 0;
  const causes = annotations.flatMap(([key, value]) => {
    bytes += Buffer.byteLength(key) + Buffer.byteLength(String(value));
    return labelKeyMistakes(key.toLowerCase()).map((text) => invalidValue("metadata.annotations", key, text));
  });
  return bytes > ANNOTATIONS_LIMIT ? [...causes, tooLongValue("metadata.annotations", ANNOTATIONS_LIMIT)] : causes;
}

function validateOwners(metadata: JsonObject): Cause[] {
  const field = "metadata.ownerReferences";
  const owners = (listAt(metadata, "ownerReferences") ?? []).filter(isObject);
  const causes = owners.flatMap((owner) =>
    OWNER_MEMBERS.filter((key) => (textAt(owner, key) ?? "") === "").map((key) =>
      invalidValue(`${field}.${key}`, "", `${key === "apiVersion" ? "version" : key} must not be empty`),
    ),
  );
  const [first, second] = owners.filter((owner) => owner["controller"] === true).map(ownerName);
  if (first !== undefined && second !== undefined) {
    const text = `Only one reference can have Controller set to true. Found "true" in references for ${first} and ${second}`;
    causes.push({ reason: "FieldValueInvalid", message: `Invalid value: ${dumpOwners(owners)}: ${text}`, field });
  }
  return causes;
}

const OWNER_MEMBERS = ["apiVersion", "kind", "name", "uid"];

/** As Go dumps the list; where it prints the address of a bool, the bool itself. */
function dumpOwners(owners: readonly JsonObject[]): string {
  const dumps = owners.map((owner) => {
    const [apiVersion, kind, name, uid] = OWNER_MEMBERS.map((key) => goValue(textAt(owner, key) ?? ""));
    const [controller, blocks] = ["controller", "blockOwnerDeletion"].map((key) => owner[key] ?? "nil");
    return `v1.OwnerReference{APIVersion:${apiVersion}, Kind:${kind}, Name:${name}, UID:${uid}, Controller:(*bool)(${controller}), BlockOwnerDeletion:(*bool)(${blocks})}`;
  });
  return `[]v1.OwnerReference{${dumps.join(", ")}}`;
}

function ownerName(owner: JsonObject): string {
  return `${textAt(owner, "kind")}/${textAt(owner, "name")}`;
}

function validateFinalizers(metadata: JsonObject): Cause[] {
  const field = "metadata.finalizers";
  const finalizers = (listAt(metadata, "finalizers") ?? []).filter((item) => typeof item === "string");
  const causes = finalizers.flatMap((name) => labelKeyMistakes(name).map((text) => invalidValue(field, name, text)));
  if (finalizers.includes("orphan") && finalizers.includes("foregroundDeletion")) {
    causes.push(invalidValue(field, finalizers, "finalizer orphan and foregroundDeletion cannot be both set"));
  }
  return causes;
}

/** Metadata of an embedded resource: labels and annotations count, a name is not needed. */
export function validateEmbeddedMeta(resource: JsonObject, path: string): Cause[] {
  const metadata = objectAt(resource, "metadata") ?? {};
  const causes = [...validateLabels(metadata), ...validateAnnotations(metadata), ...validateOwners(metadata)];
  return causes.map((cause) => ({ ...cause, field: `${path}.${cause.field}` }));
}
