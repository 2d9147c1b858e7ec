import { readFileSync } from "node:fs";
import * as path from "node:path";

/**
 * Builds src/kube/builtins/components.json: OpenAPI v3 components of the built-in kinds, from the models of
 * @kubernetes/client-node (attributeTypeMap) and the doc comments beside them.
 * test/unit/kube/builtins/components.test.ts tells when the file is out of date, and writes it anew.
 */
interface Attribute {
  readonly baseName: string;
  readonly type: string;
  readonly format: string;
}

interface ModelClass {
  readonly attributeTypeMap: readonly Attribute[];
}

type Schema = Record<string, unknown>;

const ROOTS = [
  "V1Namespace",
  "V1Node",
  "V1Secret",
  "V1ConfigMap",
  "CoreV1Event",
  "EventsV1Event",
  "V1Lease",
  "V1Service",
  "V1ServiceAccount",
  "V1CustomResourceDefinition",
  "V1Status",
  "V1DeleteOptions",
  "V1ListMeta",
  "V1ObjectMeta",
];
const META =
  /^(ObjectMeta|ListMeta|OwnerReference|ManagedFieldsEntry|Status|StatusDetails|StatusCause|DeleteOptions|Preconditions|Condition|LabelSelector|LabelSelectorRequirement)$/;
const API_EXTENSIONS =
  /^(CustomResource.*|JSONSchemaProps|ValidationRule|ExternalDocumentation|SelectableField|WebhookConversion|WebhookClientConfig|ServiceReference)$/;

/** Members whose list or map type the models do not tell; the rest of a list is atomic. */
const LIST_TYPES: Readonly<Record<string, Schema>> = {
  "ObjectMeta.finalizers": { "x-kubernetes-list-type": "set", "x-kubernetes-patch-strategy": "merge" },
  "ObjectMeta.ownerReferences": mapBy("uid"),
  "NamespaceStatus.conditions": mapBy("type"),
  "NodeStatus.conditions": mapBy("type"),
  "NodeStatus.addresses": mapBy("type"),
  "ServiceStatus.conditions": mapBy("type"),
  "CustomResourceDefinitionStatus.conditions": mapBy("type"),
  "ServiceSpec.ports": { ...mapBy("port", "protocol"), "x-kubernetes-patch-merge-key": "port" },
  "ServiceAccount.secrets": mapBy("name"),
};
/** Members that are quantities: the models call them strings. */
const QUANTITY_MAPS = new Set(["NodeStatus.capacity", "NodeStatus.allocatable"]);
const SCALARS: Readonly<Record<string, Schema>> = {
  Time: { type: "string", format: "date-time", description: "Time in RFC 3339, whole seconds." },
  MicroTime: { type: "string", format: "date-time", description: "Time in RFC 3339 with microseconds." },
  Quantity: {
    oneOf: [{ type: "string" }, { type: "number" }],
    description: "A number with a unit, such as 500m or 4Gi.",
  },
  Patch: { type: "object", description: "A patch of an object, in the format that its content type names." },
};

function mapBy(...keys: string[]): Schema {
  return {
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": keys,
    "x-kubernetes-patch-merge-key": keys[0],
    "x-kubernetes-patch-strategy": "merge",
  };
}

/** The components by their full name, all that the roots refer to. */
export async function generateComponents(models: string): Promise<Record<string, Schema>> {
  const components = new Map<string, Schema>();
  for (const [name, schema] of Object.entries(SCALARS)) {
    components.set(`${packageOf(name)}.${name}`, schema);
  }
  const pending = [...ROOTS];
  const seen = new Set(pending);
  for (let model = pending.pop(); model !== undefined; model = pending.pop()) {
    const loaded: Record<string, ModelClass> = await import(path.join(models, `${model}.js`));
    const attributes = loaded[model]?.attributeTypeMap ?? [];
    const docs = docsOf(readFileSync(path.join(models, `${model}.d.ts`), "utf8"));
    components.set(componentName(model), objectSchema(model, attributes, docs));
    for (const used of attributes.flatMap(
      ({ type }) => type.match(/(?:CoreV1|EventsV1|ApiextensionsV1|V1)[A-Z]\w*/g) ?? [],
    )) {
      if (!seen.has(used) && used !== "V1MicroTime") {
        seen.add(used);
        pending.push(used);
      }
    }
  }
  return Object.fromEntries([...components].sort(([a], [b]) => (a < b ? -1 : 1)));
}

interface Docs {
  readonly description: string;
  readonly members: ReadonlyMap<string, { readonly description: string; readonly required: boolean }>;
}

function docsOf(source: string): Docs {
  const [head = "", body = ""] = source.split(/export declare class \w+ \{/);
  const members = new Map<string, { description: string; required: boolean }>();
  for (const match of body.matchAll(/\/\*\*\n([\s\S]*?)\*\/\s*'([^']+)'(\??):/g)) {
    members.set(match[2] ?? "", { description: textOfComment(match[1] ?? ""), required: match[3] === "" });
  }
  return { description: textOfComment(/\/\*\*\n([^/]*?)\*\/\s*$/.exec(head)?.[1] ?? ""), members };
}

function textOfComment(comment: string): string {
  const lines = comment.split("\n").map((line) => line.replace(/^\s*\* ?/, ""));
  return lines
    .join("\n")
    .trim()
    .replaceAll(/\\(['"])/g, "$1");
}

function objectSchema(model: string, attributes: readonly Attribute[], docs: Docs): Schema {
  const kind = shortName(model);
  const properties: Record<string, Schema> = {};
  const required: string[] = [];
  for (const { baseName, type, format } of attributes) {
    const docName = baseName.replaceAll("-", "_").replace(/^\$/, "$");
    const doc = docs.members.get(baseName) ?? docs.members.get(docName);
    const quantities = QUANTITY_MAPS.has(`${kind}.${baseName}`);
    properties[baseName] = {
      ...(doc === undefined ? {} : { description: doc.description }),
      ...schemaOf(quantities ? "{ [key: string]: Quantity; }" : type, format),
      ...(LIST_TYPES[`${kind}.${baseName}`] ??
        (type.startsWith("Array<") ? { "x-kubernetes-list-type": "atomic" } : {})),
    };
    if (doc?.required === true) {
      required.push(baseName);
    }
  }
  return {
    description: docs.description,
    type: "object",
    ...(required.length === 0 ? {} : { required }),
    properties,
  };
}

function schemaOf(type: string, format: string): Schema {
  const item = /^Array<(.*)>$/.exec(type)?.[1];
  if (item !== undefined) {
    return { type: "array", items: elementOf(item, format) };
  }
  const value = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1];
  if (value !== undefined) {
    return { type: "object", additionalProperties: elementOf(value, format) };
  }
  switch (type) {
    case "string":
      return format === "" ? { type } : { type, format };
    case "boolean":
      return { type };
    case "number":
      return { type: format === "double" ? "number" : "integer", format: format === "" ? "int32" : format };
    case "Date":
      return referenceTo("Time");
    case "IntOrString":
      return { "x-kubernetes-int-or-string": true, anyOf: [{ type: "integer" }, { type: "string" }] };
    case "any":
    case "object":
      return { "x-kubernetes-preserve-unknown-fields": true };
    default:
      return referenceTo(type);
  }
}

/** An element of a list or map: never absent, so that scalars default to their zero value. */
function elementOf(type: string, format: string): Schema {
  const schema = schemaOf(type, format);
  if ("allOf" in schema) {
    return { default: {}, ...schema };
  }
  return type === "string" ? { ...schema, default: "" } : schema;
}

function referenceTo(type: string): Schema {
  return { allOf: [{ $ref: `#/components/schemas/${componentName(type)}` }] };
}

function componentName(model: string): string {
  const name = shortName(model);
  if (model.startsWith("EventsV1")) {
    return `io.k8s.api.events.v1.${name}`;
  }
  return `${packageOf(name)}.${name}`;
}

function packageOf(name: string): string {
  if (name === "Quantity") {
    return "io.k8s.apimachinery.pkg.api.resource";
  }
  if (META.test(name) || ["Time", "MicroTime", "Patch"].includes(name)) {
    return "io.k8s.apimachinery.pkg.apis.meta.v1";
  }
  if (API_EXTENSIONS.test(name)) {
    return "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1";
  }
  return name.startsWith("Lease") ? "io.k8s.api.coordination.v1" : "io.k8s.api.core.v1";
}

function shortName(model: string): string {
  return model.replace(/^(CoreV1|EventsV1|ApiextensionsV1|V1)/, "");
}
