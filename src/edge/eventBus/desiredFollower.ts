import type { DeviceKey } from "../../shared/model/device.ts";
import { type ChangeOrder, compareOrder, type Desired } from "../../shared/model/twin.ts";
import type { ValueText } from "../../shared/model/value.ts";
import { type Outcome, outcomeOf } from "./setResult.ts";
import type { Twins } from "./twins.ts";

/** A value that somebody wants a property to have; without `ttlMs` for as long as it takes. */
export interface Wish {
  readonly key: DeviceKey;
  readonly property: string;
  readonly value: ValueText;
  readonly ttlMs?: number;
}

interface Followed {
  /** undefined until DeviceTwin has given it a number. */
  order: ChangeOrder | undefined;
  /** What was told of this property before the number was known. */
  readonly early: Desired[];
  readonly end: (outcome: Outcome) => void;
}

/** Asks DeviceTwin for values and follows each change to its one end. */
export class DesiredFollower {
  readonly #twins: Pick<Twins, "set">;
  /** By device, then property; several where a change was superseded and nobody has said so yet. */
  readonly #followed = new Map<DeviceKey, Map<string, Set<Followed>>>();

  constructor({ twins }: { readonly twins: Pick<Twins, "set"> }) {
    this.#twins = twins;
  }

  /**
   * Resolves with how the change ended. `onStored` is called when it is on disk. Rejects with DeviceTwin's Fault if it
   * did not get that far.
   */
  async bring({ key, property, value, ttlMs }: Wish, onStored: () => void): Promise<Outcome> {
    const { promise, followed } = follow();
    const all = this.#of(key, property);
    all.add(followed);
    try {
      followed.order = await this.#twins.set(key, property, value, ttlMs === undefined ? {} : { ttlMs });
      onStored();
      for (const desired of followed.early) judge(followed, desired);
      return await promise;
    } finally {
      all.delete(followed);
      this.#tidy(key, property);
    }
  }

  /** Follows a change that was asked for before the edge's last start; resolves with how it ended. */
  async adopt({
    key,
    property,
    order,
  }: Pick<Wish, "key" | "property"> & { readonly order: ChangeOrder }): Promise<Outcome> {
    const { promise, followed } = follow();
    followed.order = order;
    const all = this.#of(key, property);
    all.add(followed);
    try {
      return await promise;
    } finally {
      all.delete(followed);
      this.#tidy(key, property);
    }
  }

  isFollowing(key: DeviceKey, property: string): boolean {
    return this.#followed.get(key)?.has(property) ?? false;
  }

  /** DeviceTwin's news of a property's desired change. */
  changed(key: DeviceKey, property: string, desired: Desired): void {
    for (const followed of this.#followed.get(key)?.get(property) ?? []) {
      if (followed.order === undefined) followed.early.push(desired);
      else judge(followed, desired);
    }
  }

  /** The device has these properties only; what was asked of others will never come. */
  keepOnly(key: DeviceKey, properties: ReadonlySet<string>): void {
    for (const [property, all] of this.#followed.get(key) ?? []) {
      if (properties.has(property)) continue;
      const outcome: Outcome = { code: "UnknownProperty", message: `${property} was removed meanwhile` };
      for (const { end } of all) end(outcome);
    }
  }

  removed(key: DeviceKey): void {
    for (const all of this.#followed.get(key)?.values() ?? []) {
      for (const { end } of all) end({ code: "UnknownDevice", message: `${key} was removed meanwhile` });
    }
  }

  #of(key: DeviceKey, property: string): Set<Followed> {
    const device = this.#followed.get(key) ?? new Map<string, Set<Followed>>();
    this.#followed.set(key, device);
    const all = device.get(property) ?? new Set();
    device.set(property, all);
    return all;
  }

  #tidy(key: DeviceKey, property: string): void {
    const device = this.#followed.get(key);
    if (device?.get(property)?.size === 0) device.delete(property);
    if (device?.size === 0) this.#followed.delete(key);
  }
}

function follow(): { promise: Promise<Outcome>; followed: Followed } {
  let end: (outcome: Outcome) => void = () => {};
  const promise = new Promise<Outcome>((resolve) => {
    end = resolve;
  });
  return { promise, followed: { order: undefined, early: [], end } };
}

function judge({ order, end }: Followed, desired: Desired): void {
  if (order === undefined) return;
  const ahead = compareOrder(desired.order, order);
  if (ahead > 0) end({ code: "Superseded", message: "a later change came instead" });
  if (ahead !== 0) return;
  const outcome = outcomeOf(desired);
  if (outcome !== undefined) end(outcome);
}
