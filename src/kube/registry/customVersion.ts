import { cloneJson, isObject, type JsonObject, objectAt, sameJson, stringifyJson, textAt } from "../json.ts";
import { compileSchema } from "../schema/compileSchema.ts";
import type { KindSchema } from "../schema/kindSchema.ts";
import type { Entry } from "../store/entry.ts";
import { customResourcePrinter } from "../table/printers.ts";
import { apiVersionOf, type Resource, type ScalePaths, type ServedVersion, type View } from "./resource.ts";

/** A version of a definition, read and compiled; also the ones that are stored and no longer served. */
export interface CustomVersion {
  readonly name: string;
  readonly isServed: boolean;
  readonly isStored: boolean;
  readonly definition: JsonObject;
  readonly schema: KindSchema;
}

export function customVersionOf(definition: JsonObject): CustomVersion {
  return {
    name: textAt(definition, "name") ?? "",
    isServed: definition["served"] === true,
    isStored: definition["storage"] === true,
    definition,
    schema: compileSchema(definition),
  };
}

/** How one version of a custom resource is served; `versions` are all of them, served or not. */
export function serveCustomVersion(
  resource: Resource,
  version: CustomVersion,
  versions: readonly CustomVersion[],
): ServedVersion {
  const { name, schema, definition } = version;
  const apiVersion = apiVersionOf(resource.group, name);
  const storedName = versions.find(({ isStored }) => isStored)?.name ?? name;
  const storedApiVersion = apiVersionOf(resource.group, storedName);
  const views = new WeakMap<Entry, View>();
  const subresources = objectAt(definition, "subresources");
  return {
    resource,
    version: name,
    apiVersion,
    deprecation: deprecationOf(resource, apiVersion, definition),
    schema,
    hasStatus: objectAt(subresources, "status") !== undefined,
    scale: scalePathsOf(objectAt(subresources, "scale")),
    printer: customResourcePrinter(definition),
    openApiSchema: objectAt(objectAt(definition, "schema"), "openAPIV3Schema") ?? { type: "object" },
    show(entry) {
      let view = views.get(entry);
      if (!view) {
        view = viewOf(entry, { apiVersion, schema, group: resource.group, versions });
        views.set(entry, view);
      }
      return view;
    },
    adopt(entry) {
      if (storedApiVersion === apiVersion) views.set(entry, entry);
    },
    store: (object) => (storedApiVersion === apiVersion ? object : { ...object, apiVersion: storedApiVersion }),
  };
}

interface ViewRequest {
  readonly apiVersion: string;
  readonly schema: KindSchema;
  readonly group: string;
  readonly versions: readonly CustomVersion[];
}

/**
 * What is stored passes the schema of its own version, then that of the version asked for: a definition may have
 * changed since it was written, and conversion "None" rewrites only the apiVersion.
 */
function viewOf(entry: Entry, { apiVersion, schema, group, versions }: ViewRequest): View {
  const object = cloneJson(entry.object);
  const storedIn = textAt(object, "apiVersion") ?? "";
  const stored = versions.find(({ name }) => apiVersionOf(group, name) === storedIn);
  if (stored) {
    stored.schema.prune(object);
    stored.schema.applyDefaults(object);
  }
  if (storedIn !== apiVersion) {
    object["apiVersion"] = apiVersion;
    schema.prune(object);
    if (!stored) schema.applyDefaults(object);
  }
  return sameJson(object, entry.object) ? entry : { object, text: stringifyJson(object) };
}

function deprecationOf(resource: Resource, apiVersion: string, definition: JsonObject): string | undefined {
  if (definition["deprecated"] !== true) return undefined;
  return textAt(definition, "deprecationWarning") ?? `${apiVersion} ${resource.kind} is deprecated`;
}

function scalePathsOf(scale: JsonObject | undefined): ScalePaths | undefined {
  if (!isObject(scale)) return undefined;
  return {
    specReplicas: textAt(scale, "specReplicasPath") ?? "",
    statusReplicas: textAt(scale, "statusReplicasPath") ?? "",
    labelSelector: textAt(scale, "labelSelectorPath"),
  };
}
