import type { Bus } from "../../shared/kit/bus.ts";
import type { Service } from "../../shared/kit/lifecycle.ts";
import type { Logger } from "../../shared/kit/logger.ts";
import type { Clock } from "../../shared/kit/time.ts";
import { type DeviceKey, splitKey } from "../../shared/model/device.ts";
import type { Condition } from "../../shared/model/resources/condition.ts";
import type { DeviceResource } from "../../shared/model/resources/device.ts";
import type { DeviceModelResource } from "../../shared/model/resources/deviceModel.ts";
import type { CloudEvents } from "../events.ts";
import type { AssignmentBook, BookedDesired } from "./assignmentBook.ts";
import { conditionsOf, findingsOn, type Presence } from "./conditions.ts";
import { numberDesired, wantedOf } from "./desired.ts";
import { transitionsBetween } from "./deviceHappenings.ts";
import { type Resolution, resolveDevice } from "./resolve.ts";
import type { StatusController } from "./statusController.ts";
import { isEqual } from "./statusEntry.ts";
import { EMPTY_RECORD, type StatusRecord } from "./statusRecord.ts";
import { type Outcome, WorkQueue } from "./workQueue.ts";

type Resolved = Extract<Resolution, { kind: "resolved" }>;

/** A watched collection, as a controller reads it. */
interface Watched<T> {
  get(key: string): T | undefined;
  list(): Iterable<T>;
  onChange(handler: (key: string, object: T | undefined) => void, signal: AbortSignal): void;
}

interface DeviceControllerParts {
  readonly devices: Watched<DeviceResource>;
  readonly models: Watched<DeviceModelResource>;
  readonly presenceOf: (node: string) => Presence;
  readonly statuses: StatusController;
  readonly book: AssignmentBook;
  readonly writer: {
    writeConditions(device: DeviceResource, conditions: readonly Condition[], signal: AbortSignal): Promise<void>;
  };
  /** A Device's condition has changed for the first time or for another reason. */
  readonly onTransition: (device: DeviceResource, condition: Condition) => void;
  readonly bus: Bus<CloudEvents>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

const CONCURRENCY = 8;

/**
 * Level-based: whatever has changed, a Device's key is looked at as a whole. Device and model become one assignment for
 * its node, new desired values get their numbers first, and what there is to say becomes its conditions.
 */
export class DeviceController implements Service {
  readonly name = "deviceController";
  readonly #parts: DeviceControllerParts;
  readonly #queue: WorkQueue<DeviceKey>;
  readonly #written = new Map<DeviceKey, { readonly uid: string; readonly conditions: readonly Condition[] }>();
  readonly #stopped = new AbortController();

  constructor(parts: DeviceControllerParts) {
    this.#parts = parts;
    this.#queue = new WorkQueue({
      name: "device queue",
      concurrency: CONCURRENCY,
      clock: parts.clock,
      random: parts.random,
      reconcile: (key, signal) => this.#reconcile(key, signal),
      onFailed: ({ key, error, retryMs }) =>
        parts.log.warn("device not reconciled", { device: key, error, retryMs: Math.round(retryMs) }),
    });
  }

  /** How many devices wait to be looked at. */
  get depth(): number {
    return this.#queue.depth;
  }

  /** Expects the watches to be in sync, so that what is not there does not exist. */
  async start(): Promise<void> {
    const { devices, models, bus } = this.#parts;
    const { signal } = this.#stopped;
    devices.onChange((key) => this.#queue.add(asDeviceKey(key)), signal);
    models.onChange((key) => this.#addWhere((device) => modelKeyOf(device) === key), signal);
    bus.on("node.presenceChanged", ({ node }) => this.#addWhere(({ spec }) => spec.nodeName === node), signal);
    bus.on("device.statusChanged", ({ key }) => this.#queue.add(key), signal);
    for (const device of devices.list()) {
      const { uid, deletionTimestamp } = device.metadata;
      if (uid !== undefined && deletionTimestamp === undefined) this.#place(device, uid);
      this.#queue.add(keyOf(device));
    }
    await this.#queue.start();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#queue.stop();
  }

  #addWhere(isMeant: (device: DeviceResource) => boolean): void {
    for (const device of this.#parts.devices.list()) if (isMeant(device)) this.#queue.add(keyOf(device));
  }

  async #reconcile(key: DeviceKey, signal: AbortSignal): Promise<Outcome> {
    const { devices, book, statuses, presenceOf } = this.#parts;
    const device = devices.get(key);
    const uid = device?.metadata.uid;
    if (device === undefined || uid === undefined || device.metadata.deletionTimestamp !== undefined) {
      book.remove(key);
      if (device === undefined) statuses.forget(key);
      this.#written.delete(key);
      return {};
    }
    const resolution = this.#place(device, uid);
    let requeueAfterMs: number | undefined;
    if (resolution.kind === "resolved") requeueAfterMs = await this.#number(device, resolution, signal);
    const node = device.spec.nodeName ?? "";
    const presence = node === "" ? "absent" : presenceOf(node);
    if (presence === "gone") statuses.lose(key, "NodeDisconnected");
    else if (presence === "absent" && node !== "") statuses.lose(key, "NodeUnknown");
    const record = statuses.record(key) ?? EMPTY_RECORD;
    await this.#writeConditions(device, { resolution, presence, record }, signal);
    return { requeueAfterMs };
  }

  /**
   * Gives the device to its node, with the desired values as they are numbered so far. Needs nothing but what is in
   * memory, so that after a start the book is full before the first edge asks, whatever the API does.
   */
  #place(device: DeviceResource, uid: string): Resolution {
    const { models, book, statuses } = this.#parts;
    const key = keyOf(device);
    const resolution = resolveDevice(device, models.get(modelKeyOf(device)));
    const node = resolution.kind === "resolved" ? (device.spec.nodeName ?? "") : "";
    const record = statuses.adopt(key, { uid, node, properties: namesIn(device, resolution) });
    if (resolution.kind === "unresolved" || node === "") book.remove(key);
    else if (!book.has(key)) book.put(node, resolution.spec, bookedOf(wantedOf(device), record));
    return resolution;
  }

  /** Numbers what is new, then books it; gives the time until the next change runs out that its edge has not taken. */
  async #number(device: DeviceResource, { spec }: Resolved, signal: AbortSignal): Promise<number | undefined> {
    const { statuses, book, clock } = this.#parts;
    const { key, uid } = spec;
    const wanted = wantedOf(device);
    const { numbered } = statuses.record(key) ?? EMPTY_RECORD;
    const news = numberDesired({ wanted, numbered, properties: spec.properties, now: clock.now() });
    if (news.changes.length > 0 || news.withdrawn.length > 0) {
      await statuses.number(key, uid, news);
      signal.throwIfAborted();
    }
    const record = statuses.record(key) ?? EMPTY_RECORD;
    const node = device.spec.nodeName ?? "";
    if (node !== "") book.put(node, spec, bookedOf(wanted, record));
    return this.#expire(key, record);
  }

  #expire(key: DeviceKey, record: StatusRecord): number | undefined {
    const now = this.#parts.clock.now();
    const left = Object.entries(record.desired).flatMap(([property, { state, order }]) => {
      const { version, requestedAt, ttlMs } = record.numbered[property] ?? {};
      if (state !== "requested" || order.spec !== version || ttlMs === undefined) return [];
      const leftMs = (requestedAt ?? 0) + ttlMs - now;
      if (leftMs > 0) return [leftMs];
      this.#parts.statuses.expire(key, property, version);
      return [];
    });
    return left.length === 0 ? undefined : Math.min(...left);
  }

  async #writeConditions(
    device: DeviceResource,
    facts: { readonly resolution: Resolution; readonly presence: Presence; readonly record: StatusRecord },
    signal: AbortSignal,
  ): Promise<void> {
    const { writer, clock, onTransition } = this.#parts;
    const { uid = "", generation = 0 } = device.metadata;
    const key = keyOf(device);
    // The watch may not have brought back yet what we wrote last.
    const last = this.#written.get(key);
    const before = last?.uid === uid ? last.conditions : (device.status?.conditions ?? []);
    const conditions = conditionsOf(findingsOn({ device, ...facts }), { before, generation, now: clock.now() });
    if (isEqual(before.map(comparable), conditions.map(comparable))) return;
    await writer.writeConditions(device, conditions, signal);
    this.#written.set(key, { uid, conditions });
    for (const condition of transitionsBetween(before, conditions)) onTransition(device, condition);
  }
}

/** In the order in which the edge has them; last what the model lacks, since a wish for it was answered too. */
function namesIn({ spec }: DeviceResource, resolution: Resolution): readonly string[] | undefined {
  if (resolution.kind === "unresolved") return undefined;
  const named = (spec.properties ?? []).map(({ name }) => name);
  return [...new Set([...resolution.spec.properties.map(({ name }) => name), ...named])];
}

/** The wishes that have their numbers; a value that was refused goes as it was written, and is not written to the device. */
function bookedOf(wanted: ReturnType<typeof wantedOf>, record: StatusRecord): readonly BookedDesired[] {
  return wanted.flatMap(({ property, value, digest }) => {
    const numbered = record.numbered[property];
    const known = record.desired[property];
    if (numbered?.digest !== digest) return []; // not numbered yet
    const isSpec = known?.order.local === 0 && known.order.spec === numbered.version;
    return [{ property, value: isSpec ? known.value : value, numbered }];
  });
}

const keyOf = ({ metadata: { namespace = "", name } }: DeviceResource): DeviceKey => `${namespace}/${name}`;
const modelKeyOf = ({ metadata, spec }: DeviceResource): string =>
  `${metadata.namespace ?? ""}/${spec.deviceModelRef?.name ?? ""}`;

function asDeviceKey(key: string): DeviceKey {
  const { namespace, name } = splitKey(key as DeviceKey); // a watch's key of what has a namespace
  return `${namespace}/${name}`;
}

function comparable({ type, status, reason, message, observedGeneration }: Condition): readonly unknown[] {
  return [type, status, reason, message, observedGeneration];
}
