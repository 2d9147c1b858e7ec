import { createHash } from "node:crypto";
import { builtInComponent } from "../builtins/builtIns.ts";
import { type OpenApiKind, openApiDocument } from "../openapi/document.ts";
import type { Registry } from "./registry.ts";
import type { ServedVersion } from "./resource.ts";

/** One OpenAPI v3 document, with the hash that names its content. */
export interface OpenApiDocument {
  readonly hash: string;
  readonly text: string;
}

/** The OpenAPI v3 documents of what is registered, each made when it is first asked for and again after a change. */
export class OpenApiDocuments {
  readonly #registry: Registry;
  readonly #made = new Map<string, { readonly from: readonly ServedVersion[]; readonly document: OpenApiDocument }>();

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** Paths as the index names them: `api/v1`, `apis/g/v`. */
  paths(): readonly string[] {
    return this.#registry
      .groups()
      .flatMap(({ group, versions }) => versions.map((version) => pathOf(group, version)))
      .filter((path) => this.#described(path).length > 0);
  }

  /** Undefined for paths that the index does not name. */
  document(path: string): OpenApiDocument | undefined {
    const from = this.#described(path);
    const [first] = from;
    if (!first) return undefined;
    const known = this.#made.get(path);
    if (known && known.from.length === from.length && known.from.every((served, index) => served === from[index])) {
      return known.document;
    }
    const { group } = first.resource;
    const text = JSON.stringify(openApiDocument({ group, version: first.version }, from.map(kindOf)));
    const hash = createHash("sha256").update(text).digest("hex").toUpperCase();
    const document = { hash, text };
    this.#made.set(path, { from, document });
    return document;
  }

  #described(path: string): readonly ServedVersion[] {
    const parts = path.split("/");
    const [group, version, ...rest] = parts[0] === "api" ? ["", ...parts.slice(1)] : parts.slice(1);
    if (group === undefined || version === undefined || rest.length > 0) return [];
    return this.#registry.served(group, version).filter(isDescribed);
  }
}

function pathOf(group: string, version: string): string {
  return group === "" ? `api/${version}` : `apis/${group}/${version}`;
}

/** Kinds that are stored as they come have nothing to describe. */
function isDescribed({ resource, version, openApiSchema }: ServedVersion): boolean {
  return openApiSchema !== undefined || builtInComponent(resource.group, version, resource.kind) !== undefined;
}

function kindOf({ resource, openApiSchema, hasStatus, scale, schema }: ServedVersion): OpenApiKind {
  const { kind, listKind, plural, namespaced } = resource;
  return {
    kind,
    listKind,
    plural,
    namespaced,
    schema: openApiSchema,
    status: hasStatus,
    scale: scale !== undefined,
    selectableFields: schema.selectableFields,
  };
}
