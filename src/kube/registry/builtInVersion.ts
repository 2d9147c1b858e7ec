import { builtInSchema } from "../builtins/builtIns.ts";
import type { JsonObject } from "../json.ts";
import type { KindSchema } from "../schema/kindSchema.ts";
import { builtInPrinter } from "../table/builtInPrinters.ts";
import type { BuiltInKind } from "./builtInKinds.ts";
import { apiVersionOf, type Resource, type ServedVersion } from "./resource.ts";

/** Kinds that are answered and never stored have nothing to check. */
const ANYTHING: KindSchema = {
  mistake: () => undefined,
  prune: () => [],
  applyDefaults: () => {},
  validate: () => [],
  selectableFields: [],
  fieldValue: () => "",
};

/** How a built-in kind is served. Its stored form is the one it is served in. */
export function serveBuiltInVersion(
  resource: Resource,
  { group, version, kind, hasStatus }: BuiltInKind,
): ServedVersion {
  return {
    resource,
    version,
    apiVersion: apiVersionOf(group, version),
    deprecation: undefined,
    schema: builtInSchema(group, version, kind) ?? ANYTHING,
    hasStatus: hasStatus ?? false,
    scale: undefined,
    printer: builtInPrinter(group, kind),
    openApiSchema: undefined,
    show: (entry) => entry,
    adopt: () => {},
    store: inOrder,
  };
}

/** Lists leave out kind and apiVersion of their items, which is cheap as long as these come first. */
function inOrder({ kind, apiVersion, metadata, ...rest }: JsonObject): JsonObject {
  return { kind, apiVersion, metadata, ...rest };
}
