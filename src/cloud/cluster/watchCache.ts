import type { ObjectMeta } from "../../shared/model/resources/metadata.ts";
import type { WatchEvent } from "./watchStream.ts";

type ObjectEvent<T> = Exclude<WatchEvent<T>, { readonly type: "BOOKMARK" }>;

/** Objects by key: `namespace/name`, or the name alone of what has no namespace. */
export class WatchCache<T extends { readonly metadata: ObjectMeta }> {
  #objects = new Map<string, T>();

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  values(): IterableIterator<T> {
    return this.#objects.values();
  }

  /** Takes one change, and gives its key. */
  apply({ type, object }: ObjectEvent<T>): string {
    const key = keyOf(object);
    if (type === "DELETED") this.#objects.delete(key);
    else this.#objects.set(key, object);
    return key;
  }

  /** Takes a whole list, and gives what differs from before: also what was deleted while nobody watched. */
  replace(objects: readonly T[]): readonly (readonly [string, T | undefined])[] {
    const before = this.#objects;
    this.#objects = new Map(objects.map((object) => [keyOf(object), object]));
    const gone = [...before.keys()].filter((key) => !this.#objects.has(key));
    const changed = [...this.#objects].filter(
      ([key, { metadata }]) => before.get(key)?.metadata.resourceVersion !== metadata.resourceVersion,
    );
    return [...gone.map((key) => [key, undefined] as const), ...changed];
  }
}

function keyOf({ metadata: { namespace, name } }: { readonly metadata: ObjectMeta }): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}
