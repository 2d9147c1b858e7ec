import { OBJECT_META } from "../builtins/components.ts";
import type { JsonObject } from "../json.ts";
import { isObject, objectAt } from "../json.ts";

const CONVENTIONS = "https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md";

/** apiVersion, kind and metadata as the documents of Kubernetes describe them. */
export const TYPE_MEMBERS = {
  apiVersion: {
    description: `APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: ${CONVENTIONS}#resources`,
    type: "string",
  },
  kind: {
    description: `Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: ${CONVENTIONS}#types-kinds`,
    type: "string",
  },
  metadata: {
    description: `Standard object's metadata. More info: ${CONVENTIONS}#metadata`,
    allOf: [{ $ref: `#/components/schemas/${OBJECT_META}` }],
  },
} as const;

const EMBEDDED_MEMBERS = {
  apiVersion: {
    description: `apiVersion defines the versioned schema of this representation of an object. More info: ${CONVENTIONS}#resources`,
    type: "string",
  },
  kind: {
    description: `kind is a string value representing the type of this object. In CamelCase. More info: ${CONVENTIONS}#types-kinds`,
    type: "string",
  },
  metadata: TYPE_MEMBERS.metadata,
} as const;

/** The schema of a custom resource as its document shows it (apiextensions-apiserver pkg/controller/openapi/builder). */
export function customSchema(schema: JsonObject): JsonObject {
  const published = publish(schema);
  return {
    ...published,
    type: "object",
    properties: { ...objectAt(published, "properties"), ...membersOf(TYPE_MEMBERS) },
  };
}

function membersOf(members: typeof TYPE_MEMBERS | typeof EMBEDDED_MEMBERS): JsonObject {
  const { apiVersion, kind, metadata } = members;
  return { apiVersion: { ...apiVersion }, kind: { ...kind }, metadata: { ...metadata, allOf: [...metadata.allOf] } };
}

/** Spells out what extensions imply: int-or-string is either type, an embedded resource has type and metadata. */
function publish(schema: JsonObject): JsonObject {
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(schema)) {
    result[key] = publishMember(key, value);
  }
  if (schema["x-kubernetes-int-or-string"] === true) {
    result["anyOf"] ??= [{ type: "integer" }, { type: "string" }];
  }
  if (schema["x-kubernetes-embedded-resource"] === true) {
    result["properties"] = { ...objectAt(result, "properties"), ...membersOf(EMBEDDED_MEMBERS) };
    result["required"] ??= ["kind", "apiVersion"];
  }
  return result;
}

function publishMember(key: string, value: JsonObject[string]): JsonObject[string] {
  if (key === "properties" && isObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, isObject(member) ? publish(member) : member]),
    );
  }
  return (key === "items" || key === "additionalProperties") && isObject(value) ? publish(value) : value;
}
