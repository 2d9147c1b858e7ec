import type { Bus } from "../../shared/kit/bus.ts";
import type { Clock } from "../../shared/kit/time.ts";
import type { DeviceKey, DeviceSpec } from "../../shared/model/device.ts";
import { compareOrder } from "../../shared/model/twin.ts";
import type { ValueText } from "../../shared/model/value.ts";
import type { Assignment, DesiredChange } from "../../shared/wire/syncFrames.ts";
import type { CloudEvents } from "../events.ts";
import type { Numbered } from "./desired.ts";
import { digestOf } from "./digest.ts";
import type { StatusRecord } from "./statusRecord.ts";

/** A desired value of the spec, with its number. */
export interface BookedDesired {
  readonly property: string;
  readonly value: ValueText;
  readonly numbered: Numbered;
}

interface Page {
  readonly node: string;
  readonly spec: Assignment["spec"];
  readonly desired: readonly BookedDesired[];
  readonly digest: string;
}

interface BookParts {
  readonly bus: Bus<CloudEvents>;
  readonly clock: Clock;
  /** What is known of the device's values now; undefined if nothing is. */
  readonly recordOf: (key: DeviceKey) => StatusRecord | undefined;
}

/** Which node has which devices, whole; the hub asks it whenever it sends. */
export class AssignmentBook {
  readonly #parts: BookParts;
  readonly #pages = new Map<DeviceKey, Page>();
  readonly #byNode = new Map<string, Set<DeviceKey>>();

  constructor(parts: BookParts) {
    this.#parts = parts;
  }

  of(node: string): readonly Assignment[] {
    return [...this.keysOf(node)].flatMap((key) => this.get(node, key) ?? []);
  }

  get(node: string, key: DeviceKey): Assignment | undefined {
    const page = this.#pages.get(key);
    if (page === undefined || page.node !== node) return undefined;
    const record = this.#parts.recordOf(key);
    const now = this.#parts.clock.now();
    return {
      spec: page.spec,
      digest: page.digest,
      desired: page.desired.map((desired) => changeOf(desired, record, now)),
      versions: versionsOf(record),
    };
  }

  has(key: DeviceKey): boolean {
    return this.#pages.has(key);
  }

  keysOf(node: string): ReadonlySet<DeviceKey> {
    return this.#byNode.get(node) ?? new Set();
  }

  /** Gives the device to the node, and takes it from the one that had it; tells the hub what differs. */
  put(node: string, spec: DeviceSpec, desired: readonly BookedDesired[]): void {
    const { key } = spec;
    const digest = digestOf({
      spec,
      desired: desired.map(({ property, value, numbered }) => [property, value, numbered.version]),
    });
    const before = this.#pages.get(key);
    if (before?.node === node && before.digest === digest) return;
    if (before !== undefined && before.node !== node) this.remove(key);
    this.#pages.set(key, { node, spec: frameOf(spec), desired, digest });
    const keys = this.#byNode.get(node) ?? new Set();
    this.#byNode.set(node, keys.add(key));
    this.#parts.bus.emit("assignment.changed", { node, key });
  }

  remove(key: DeviceKey): void {
    const page = this.#pages.get(key);
    if (page === undefined) return;
    this.#pages.delete(key);
    const keys = this.#byNode.get(page.node);
    keys?.delete(key);
    if (keys?.size === 0) this.#byNode.delete(page.node);
    this.#parts.bus.emit("assignment.changed", { node: page.node, key });
  }
}

/** The change as the cloud's books have it now; what its edge was not told of in time is expired. */
function changeOf(
  { property, value, numbered }: BookedDesired,
  record: StatusRecord | undefined,
  now: number,
): DesiredChange {
  const { version, requestedAt, ttlMs } = numbered;
  const known = record?.desired[property];
  const change = { property, value, spec: version, requestedAt };
  const later = known === undefined ? 0 : compareOrder(known.order, { spec: version, local: 0 });
  if (later > 0) return { ...change, state: "superseded", reason: "" };
  const state = later === 0 && known !== undefined ? known.state : "requested";
  const reason = later === 0 && known !== undefined ? known.reason : "";
  if (ttlMs === undefined) return { ...change, state, reason };
  const ttlLeftMs = requestedAt + ttlMs - now;
  if (ttlLeftMs <= 0 && (state === "requested" || state === "sent")) {
    return { ...change, state: "expired", reason: "Expired" };
  }
  return { ...change, state, reason, ttlLeftMs: Math.max(0, ttlLeftMs) };
}

/** The same, as the frame's schema types it. */
function frameOf({ properties, methods, ...spec }: DeviceSpec): Assignment["spec"] {
  return {
    ...spec,
    properties: [...properties],
    methods: methods.map(({ name, propertyNames }) => ({ name, propertyNames: [...propertyNames] })),
  };
}

const versionsOf = (record: StatusRecord | undefined): Record<string, number> =>
  Object.fromEntries(Object.entries(record?.reported ?? {}).map(([property, { version }]) => [property, version]));
