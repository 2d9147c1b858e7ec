import { builtInSchema } from "../builtins/builtIns.ts";
import { cloneJson, type JsonObject, stringifyJson } from "../json.ts";
import type { KindSchema } from "../schema/kindSchema.ts";
import type { Entry } from "../store/entry.ts";
import { builtInPrinter } from "../table/builtInPrinters.ts";
import type { BuiltInKind } from "./builtInKinds.ts";
import { apiVersionOf, type Resource, type ServedVersion, type View } from "./resource.ts";

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
  { group, version, kind, hasStatus, face }: BuiltInKind,
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
    ...(face ? facedForm(face) : { show: (entry: Entry) => entry, store: inOrder }),
    adopt: () => {},
  };
}

/** Shows every stored state as another kind of object, once. */
function facedForm(face: NonNullable<BuiltInKind["face"]>): Pick<ServedVersion, "show" | "store"> {
  const views = new WeakMap<Entry, View>();
  return {
    show(entry) {
      let view = views.get(entry);
      if (!view) {
        const object = inOrder(face.show(cloneJson(entry.object)));
        view = { object, text: stringifyJson(object) };
        views.set(entry, view);
      }
      return view;
    },
    store: (object) => inOrder(face.store(object)),
  };
}

/** Lists leave out kind and apiVersion of their items, which is cheap as long as these come first. */
function inOrder({ kind, apiVersion, metadata, ...rest }: JsonObject): JsonObject {
  return { kind, apiVersion, metadata, ...rest };
}
