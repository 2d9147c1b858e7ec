import type { DeviceKey } from "../../shared/model/device.ts";

/**
 * Which Device a name belongs to. Kubernetes never gives a uid twice, so once a name has gone over to another Device,
 * a late word on the one before is not believed. The last Device of a name may come back: it was at another node.
 */
export class FormerUids {
  readonly #former: Map<DeviceKey, string[]>;

  /** Per key the uids that had it, oldest first. */
  constructor(former: Map<DeviceKey, string[]>) {
    this.#former = former;
  }

  /** Whether a device may (again) have the key, which `current` has now. */
  mayCome(key: DeviceKey, uid: string, current: string | undefined): boolean {
    if (uid === current) return true;
    const former = this.#former.get(key) ?? [];
    return !former.includes(uid) || (current === undefined && former.at(-1) === uid);
  }

  hasLeft(key: DeviceKey, uid: string): void {
    const others = (this.#former.get(key) ?? []).filter((other) => other !== uid);
    this.#former.set(key, [...others, uid]);
  }
}
