import { META } from "../builtins/components.ts";
import type { JsonObject } from "../json.ts";
import {
  DELETE_PARAMETERS,
  LIST_PARAMETERS,
  PATCH_PARAMETERS,
  pathParameter,
  queryParameter,
  WRITE_PARAMETERS,
} from "./parameters.ts";

/** One kind as the paths of a document need it. */
export interface PathKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly builtIn: boolean;
  readonly status: boolean;
  readonly scale: boolean;
  /** Full names of the components of the kind and of its list. */
  readonly component: string;
  readonly listComponent: string;
}

const BODY_TYPES = ["application/json", "application/yaml"];
const PATCH_TYPES = ["application/apply-patch+yaml", "application/json-patch+json", "application/merge-patch+json"];
const STRATEGIC = "application/strategic-merge-patch+json";

/** The paths of one kind with the operations that kubectl looks for (`x-kubernetes-action`, parameters, GVK). */
export function pathsOf(kind: PathKind): Record<string, JsonObject> {
  const base = kind.group === "" ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
  const collection = kind.namespaced ? `${base}/namespaces/{namespace}/${kind.plural}` : `${base}/${kind.plural}`;
  const inNamespace = kind.namespaced ? [pathParameter("namespace", kind.kind)] : [];
  const pretty = queryParameter("pretty");
  const named = [pathParameter("name", kind.kind), ...inNamespace, pretty];
  return {
    ...(kind.namespaced ? { [`${base}/${kind.plural}`]: everywhere(kind) } : {}),
    [collection]: { ...collectionOperations(kind), parameters: [...inNamespace, pretty] },
    [`${collection}/{name}`]: { ...objectOperations(kind), parameters: named },
    ...(kind.status
      ? { [`${collection}/{name}/status`]: { ...partOperations(kind, "Status"), parameters: named } }
      : {}),
    ...(kind.scale ? { [`${collection}/{name}/scale`]: { ...partOperations(kind, "Scale"), parameters: named } } : {}),
  };
}

function everywhere(kind: PathKind): JsonObject {
  const listing = operation(kind, {
    verb: "list",
    action: "list",
    suffix: "ForAllNamespaces",
    answer: kind.listComponent,
  });
  return {
    get: { ...listing, operationId: `list${idOf(kind)}${kind.kind}ForAllNamespaces` },
    parameters: [...LIST_PARAMETERS, "pretty" as const].toSorted().map(queryParameter),
  };
}

function collectionOperations(kind: PathKind): JsonObject {
  const parameters = LIST_PARAMETERS.map(queryParameter);
  return {
    get: { ...operation(kind, { verb: "list", action: "list", answer: kind.listComponent }), parameters },
    post: {
      ...operation(kind, { verb: "create", action: "post", answer: kind.component, body: bodyOf(kind.component) }),
      parameters: WRITE_PARAMETERS.map(queryParameter),
    },
    delete: {
      ...operation(kind, { verb: "delete", infix: "Collection", action: "deletecollection", answer: `${META}.Status` }),
      parameters,
    },
  };
}

function objectOperations(kind: PathKind): JsonObject {
  const body = bodyOf(kind.component);
  return {
    get: {
      ...operation(kind, { verb: "read", action: "get", answer: kind.component }),
      parameters: [queryParameter("resourceVersion")],
    },
    put: {
      ...operation(kind, { verb: "replace", action: "put", answer: kind.component, body }),
      parameters: WRITE_PARAMETERS.map(queryParameter),
    },
    delete: {
      ...operation(kind, {
        verb: "delete",
        action: "delete",
        answer: `${META}.Status`,
        body: bodyOf(`${META}.DeleteOptions`),
      }),
      parameters: DELETE_PARAMETERS.map(queryParameter),
    },
    patch: patchOperation(kind, ""),
  };
}

/** The status and scale subresources: read, replace, patch. */
function partOperations(kind: PathKind, suffix: "Status" | "Scale"): JsonObject {
  return {
    get: {
      ...operation(kind, { verb: "read", action: "get", suffix, answer: kind.component }),
      parameters: [queryParameter("resourceVersion")],
    },
    put: {
      ...operation(kind, {
        verb: "replace",
        action: "put",
        suffix,
        answer: kind.component,
        body: bodyOf(kind.component),
      }),
      parameters: WRITE_PARAMETERS.map(queryParameter),
    },
    patch: patchOperation(kind, suffix),
  };
}

function patchOperation(kind: PathKind, suffix: string): JsonObject {
  const types = kind.builtIn ? [...PATCH_TYPES, STRATEGIC] : PATCH_TYPES;
  const body = contentOf(types, `${META}.Patch`);
  return {
    ...operation(kind, { verb: "patch", action: "patch", suffix, answer: kind.component, body }),
    parameters: PATCH_PARAMETERS.map(queryParameter),
  };
}

interface Operation {
  readonly verb: string;
  readonly action: string;
  readonly infix?: string;
  readonly suffix?: string;
  readonly answer: string;
  readonly body?: JsonObject;
}

function operation(kind: PathKind, { verb, action, infix = "", suffix = "", answer, body }: Operation): JsonObject {
  const scope = kind.namespaced ? "Namespaced" : "";
  return {
    operationId: `${verb}${idOf(kind)}${infix}${scope}${kind.kind}${suffix}`,
    ...(body === undefined ? {} : { requestBody: { content: body } }),
    responses: { 200: { description: "OK", content: bodyOf(answer) } },
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": { group: kind.group, version: kind.version, kind: kind.kind },
  };
}

/** `GadgetsExampleComV1`, as the operation ids of Kubernetes begin. */
function idOf({ group, version }: PathKind): string {
  const parts = group === "" ? ["core"] : group.split(".");
  return [...parts, version]
    .flatMap((part) => part.split("-"))
    .map(capitalised)
    .join("");
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function bodyOf(component: string): JsonObject {
  return contentOf(BODY_TYPES, component);
}

function contentOf(types: readonly string[], component: string): JsonObject {
  const schema = { $ref: `#/components/schemas/${component}` };
  return Object.fromEntries(types.map((type) => [type, { schema }]));
}
