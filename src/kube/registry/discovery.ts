import { createHash } from "node:crypto";
import type { JsonObject } from "../json.ts";
import type { Registry } from "./registry.ts";
import { apiVersionOf, type Resource, type ServedVersion } from "./resource.ts";

/** The discovery documents (k8s.io/api/apidiscovery/v2, meta/v1 APIGroup…), made from what is registered now. */

const SUBRESOURCE_VERBS = ["get", "patch", "update"];

/** `GET /apis` and `GET /api` in the aggregated form; `isCore` chooses between them. */
export function aggregatedDiscovery(registry: Registry, { isCore }: { readonly isCore: boolean }): JsonObject {
  const groups = registry.groups().filter(({ group }) => (group === "") === isCore);
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: "apidiscovery.k8s.io/v2",
    metadata: {},
    items: groups.map(({ group, versions }) => ({
      metadata: isCore ? { creationTimestamp: null } : { name: group, creationTimestamp: null },
      versions: versions.map((version) => ({
        version,
        resources: registry.served(group, version).map(aggregatedResource),
        freshness: "Current",
      })),
    })),
  };
}

function aggregatedResource(served: ServedVersion): JsonObject {
  const { resource } = served;
  const subresources = subresourcesOf(served).map(({ name, verbs, kind }) => ({
    subresource: name,
    responseKind: kind ?? responseKind(served),
    verbs: [...verbs],
  }));
  return {
    resource: resource.plural,
    responseKind: responseKind(served),
    scope: resource.namespaced ? "Namespaced" : "Cluster",
    singularResource: resource.singular,
    verbs: [...resource.verbs],
    ...extras(resource),
    ...(subresources.length === 0 ? {} : { subresources }),
  };
}

/** Typed kinds answer with an empty group and version here, which means: those of the list around them. */
function responseKind({ resource, version }: ServedVersion): JsonObject {
  const { group, kind } = resource;
  return resource.definition === undefined ? { group: "", version: "", kind } : { group, version, kind };
}

interface Subresource {
  readonly name: string;
  readonly verbs: readonly string[];
  readonly kind: JsonObject | undefined;
}

function subresourcesOf({ resource, hasStatus, scale }: ServedVersion): Subresource[] {
  const list: Subresource[] = Object.entries(resource.subresources).map(([name, verbs]) => ({
    name,
    verbs,
    kind: undefined,
  }));
  if (hasStatus) list.push({ name: "status", verbs: SUBRESOURCE_VERBS, kind: undefined });
  if (scale) {
    list.push({
      name: "scale",
      verbs: SUBRESOURCE_VERBS,
      kind: { group: "autoscaling", version: "v1", kind: "Scale" },
    });
  }
  return list;
}

function extras({ shortNames, categories }: Resource): JsonObject {
  return {
    ...(shortNames.length === 0 ? {} : { shortNames: [...shortNames] }),
    ...(categories.length === 0 ? {} : { categories: [...categories] }),
  };
}

/** `GET /api`, plain. */
export function coreVersions(): JsonObject {
  return { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] };
}

/** `GET /apis`, plain. */
export function groupList(registry: Registry): JsonObject {
  const groups = registry.groups().filter(({ group }) => group !== "");
  return { kind: "APIGroupList", apiVersion: "v1", groups: groups.map(groupBody) };
}

/** `GET /apis/g`; undefined for groups that are not served. */
export function groupDocument(registry: Registry, group: string): JsonObject | undefined {
  const found = registry.groups().find((candidate) => candidate.group === group);
  return found && group !== "" ? { kind: "APIGroup", apiVersion: "v1", ...groupBody(found) } : undefined;
}

function groupBody({ group, versions }: { readonly group: string; readonly versions: readonly string[] }): JsonObject {
  const list = versions.map((version) => ({ groupVersion: apiVersionOf(group, version), version }));
  return { name: group, versions: list, preferredVersion: list[0] ?? {} };
}

/** `GET /apis/g/v` and `GET /api/v1`; undefined for what is not served. */
export function resourceList(registry: Registry, group: string, version: string): JsonObject | undefined {
  const served = registry.served(group, version);
  if (served.length === 0) return undefined;
  return {
    kind: "APIResourceList",
    ...(group === "" ? {} : { apiVersion: "v1" }),
    groupVersion: apiVersionOf(group, version),
    resources: served.flatMap(plainResources),
  };
}

/** Changes when objects are stored in another version (k8s.io/apiserver/pkg/endpoints/discovery). */
function storageVersionHash({ group, kind, storedVersion }: Resource): string {
  return createHash("sha256").update(`${group}/${storedVersion}/${kind}`).digest().subarray(0, 8).toString("base64");
}

function plainResources(served: ServedVersion): JsonObject[] {
  const { resource } = served;
  const { plural, singular, namespaced, kind, verbs } = resource;
  return [
    {
      name: plural,
      singularName: singular,
      namespaced,
      kind,
      verbs: [...verbs],
      ...extras(resource),
      storageVersionHash: storageVersionHash(resource),
    },
    ...subresourcesOf(served).map((subresource) => ({
      name: `${plural}/${subresource.name}`,
      singularName: "",
      namespaced,
      kind,
      ...subresource.kind,
      verbs: [...subresource.verbs],
    })),
  ];
}
