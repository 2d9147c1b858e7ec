import type { Resource, ServedVersion } from "./resource.ts";
import { compareVersions } from "./versions.ts";

export interface GroupVersions {
  readonly group: string;
  /** Most mature first. */
  readonly versions: readonly string[];
}

/** The resources that are served now, by their address. */
export class Registry {
  readonly #resources = new Map<string, Resource>();
  #generation = 0;

  /** Changes whenever a resource comes, changes or goes; for caches of documents that name them. */
  get generation(): number {
    return this.#generation;
  }

  set(resource: Resource): void {
    this.#resources.set(keyOf(resource.group, resource.plural), resource);
    this.#generation++;
  }

  remove(group: string, plural: string): void {
    if (this.#resources.delete(keyOf(group, plural))) this.#generation++;
  }

  resource(group: string, plural: string): Resource | undefined {
    return this.#resources.get(keyOf(group, plural));
  }

  find(group: string, version: string, plural: string): ServedVersion | undefined {
    return this.resource(group, plural)?.versions.find((served) => served.version === version);
  }

  /** The resource of an apiVersion and Kind, as owner references name it. */
  findKind(apiVersion: string, kind: string): ServedVersion | undefined {
    for (const resource of this.#resources.values()) {
      if (resource.kind !== kind) continue;
      const served = resource.versions.find((candidate) => candidate.apiVersion === apiVersion);
      if (served) return served;
    }
    return undefined;
  }

  /** Whether a group is compiled in, rather than made by definitions. */
  isBuiltIn(group: string): boolean {
    return this.resources().some((resource) => resource.group === group && resource.definition === undefined);
  }

  resources(): readonly Resource[] {
    return [...this.#resources.values()];
  }

  /** Resources of a group version, in the order of their names. */
  served(group: string, version: string): readonly ServedVersion[] {
    return this.resources()
      .filter((resource) => resource.group === group)
      .flatMap((resource) => resource.versions.filter((served) => served.version === version))
      .sort((a, b) => (a.resource.plural < b.resource.plural ? -1 : 1));
  }

  /** The named groups and the core group (""), in the order of their names. */
  groups(): readonly GroupVersions[] {
    const groups = new Map<string, Set<string>>();
    for (const { group, versions } of this.#resources.values()) {
      const known = groups.get(group) ?? new Set();
      for (const { version } of versions) known.add(version);
      groups.set(group, known);
    }
    return [...groups]
      .map(([group, versions]) => ({ group, versions: [...versions].sort(compareVersions) }))
      .sort((a, b) => (a.group < b.group ? -1 : 1));
  }
}

const keyOf = (group: string, plural: string): string => `${group}/${plural}`;
