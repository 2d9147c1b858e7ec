import { builtInComponent } from "../builtins/builtIns.ts";
import { component, META, OBJECT_META, referencesIn, withReferences } from "../builtins/components.ts";
import type { JsonObject } from "../json.ts";
import { customSchema, TYPE_MEMBERS } from "./customSchema.ts";
import { pathsOf } from "./operations.ts";

/** One kind of a group and version, as its document describes it. */
export interface OpenApiKind {
  readonly kind: string;
  readonly listKind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** openAPIV3Schema of a custom resource; undefined for a built-in, which must have a component. */
  readonly schema: JsonObject | undefined;
  readonly status: boolean;
  readonly scale: boolean;
  readonly selectableFields: readonly string[];
}

interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

/** The OpenAPI v3 document of one group and version, which kubectl reads to explain, validate and patch. */
export function openApiDocument(gv: GroupVersion, kinds: readonly OpenApiKind[]): JsonObject {
  const paths: JsonObject = {};
  const own: Record<string, JsonObject> = {};
  for (const kind of kinds) {
    const names = componentNames(gv, kind);
    Object.assign(paths, pathsOf({ ...gv, ...kind, ...names, builtIn: kind.schema === undefined }));
    own[names.component] = kindSchema(gv, kind, names.component);
    own[names.listComponent] = listSchema(gv, kind, names.component);
  }
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes CRD Swagger", version: "v1.32.0" },
    paths: sorted(paths),
    components: { schemas: sorted({ ...metaComponents(own), ...own }) },
  };
}

interface Names {
  readonly component: string;
  readonly listComponent: string;
}

/** `com.example.gadgets.v1.Widget`: the group turned round; a built-in keeps the name of its Go package. */
function componentNames({ group, version }: GroupVersion, { kind, listKind, schema }: OpenApiKind): Names {
  const builtIn = schema === undefined ? builtInComponent(group, version, kind) : undefined;
  if (builtIn !== undefined) {
    const prefix = builtIn.slice(0, builtIn.lastIndexOf("."));
    return { component: builtIn, listComponent: `${prefix}.${listKind}` };
  }
  const base = group.split(".").reverse().join(".");
  return { component: `${base}.${version}.${kind}`, listComponent: `${base}.${version}.${listKind}` };
}

function kindSchema(gv: GroupVersion, kind: OpenApiKind, name: string): JsonObject {
  const gvk = [{ ...gv, kind: kind.kind }];
  if (kind.schema !== undefined) {
    const fields = kind.selectableFields.map((fieldPath) => ({ fieldPath }));
    const schema = customSchema(kind.schema);
    return { ...schema, "x-kubernetes-group-version-kind": gvk, "x-kubernetes-selectable-fields": fields };
  }
  return { ...component(name), "x-kubernetes-group-version-kind": gvk };
}

function listSchema(gv: GroupVersion, kind: OpenApiKind, itemName: string): JsonObject {
  const fields = kind.selectableFields.map((fieldPath) => ({ fieldPath }));
  return {
    description: `${kind.listKind} is a list of ${kind.kind}`,
    type: "object",
    required: ["items"],
    properties: {
      apiVersion: { ...TYPE_MEMBERS.apiVersion },
      items: {
        description: `List of ${kind.plural}. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md`,
        type: "array",
        items: { $ref: `#/components/schemas/${itemName}` },
      },
      kind: { ...TYPE_MEMBERS.kind },
      metadata: {
        description:
          "Standard list metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds",
        allOf: [{ $ref: `#/components/schemas/${META}.ListMeta` }],
      },
    },
    "x-kubernetes-group-version-kind": [{ ...gv, kind: kind.listKind }],
    ...(kind.schema === undefined ? {} : { "x-kubernetes-selectable-fields": fields }),
  };
}

/** The components that kinds refer to, and those that every answer may use. */
function metaComponents(own: Readonly<Record<string, JsonObject>>): Record<string, JsonObject> {
  const needed = Object.values(own)
    .flatMap(referencesIn)
    .filter((name) => !(name in own));
  const always = [OBJECT_META, ...["ListMeta", "Status", "DeleteOptions", "Patch"].map((name) => `${META}.${name}`)];
  return Object.fromEntries([...withReferences([...needed, ...always])].filter(([name]) => !(name in own)));
}

function sorted<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
