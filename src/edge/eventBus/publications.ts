import type { Clock } from "../../shared/kit/time.ts";
import type { DeviceKey, DeviceProperty, DeviceSpec } from "../../shared/model/device.ts";
import type { Reported, StateReport } from "../../shared/model/twin.ts";
import { canonicalText } from "../../shared/model/value.ts";
import { topics } from "../../shared/wire/topics.ts";
import type { MessageBroker } from "./messageBroker.ts";
import type { TwinView } from "./twins.ts";
import { middleOf, statePayload, ValuePayloads } from "./valuePayload.ts";

/** Every value is published again after this long at the latest … */
const HEARTBEAT_MS = 60_000;
/** … and up to this much earlier, so that the values of a start do not come in one burst ever after. */
const SPREAD_MS = 20_000;
/** A heartbeat is looked for this often. */
export const HEARTBEAT_CHECK_MS = 1000;

interface PublishedProperty {
  readonly type: DeviceProperty["type"];
  readonly topic: string;
  readonly middle: string;
  /** What the topic holds; undefined before the first value. */
  last: Reported | undefined;
  /** By the monotonic clock. */
  dueAt: number;
}

interface PublishedDevice {
  readonly uid: string;
  readonly stateTopic: string;
  readonly properties: Map<string, PublishedProperty>;
  state: StateReport | undefined;
}

interface PublicationsParts {
  readonly broker: Pick<MessageBroker, "publish">;
  readonly clock: Clock;
  readonly random: () => number;
  /** What DeviceTwin has of a device. */
  twin(key: DeviceKey): TwinView | undefined;
}

/** The retained topics `devices/…` of all devices of this edge, and their heartbeat. */
export class Publications {
  readonly #parts: PublicationsParts;
  readonly #payloads = new ValuePayloads();
  readonly #devices = new Map<DeviceKey, PublishedDevice>();

  constructor(parts: PublicationsParts) {
    this.#parts = parts;
  }

  /** A device is new or changed: what it does not have any more is cleared, what it has is published. */
  assign(spec: DeviceSpec): void {
    const before = this.#devices.get(spec.key);
    if (before !== undefined && before.uid !== spec.uid) this.remove(spec.key);
    const known = before?.uid === spec.uid ? before : undefined;
    const device: PublishedDevice = {
      uid: spec.uid,
      stateTopic: topics.state(spec.key),
      properties: new Map(spec.properties.map((property) => [property.name, follow(spec.key, property, known)])),
      state: known?.state,
    };
    for (const [name, { topic, last }] of known?.properties ?? []) {
      if (last !== undefined && !device.properties.has(name)) this.#clear(topic);
    }
    this.#devices.set(spec.key, device);
    this.#refresh(spec.key, device);
  }

  remove(key: DeviceKey): void {
    const device = this.#devices.get(key);
    if (device === undefined) return;
    this.#devices.delete(key);
    for (const { topic } of device.properties.values()) this.#clear(topic);
    this.#clear(device.stateTopic);
  }

  /** DeviceTwin's news of a device. */
  change(
    { key, uid }: { readonly key: DeviceKey; readonly uid: string },
    reported: readonly { readonly property: string; readonly reported: Reported }[],
    state: StateReport | undefined,
  ): void {
    const device = this.#devices.get(key);
    if (device?.uid !== uid) return;
    for (const news of reported) {
      const property = device.properties.get(news.property);
      if (property !== undefined && isNews(property.last, news.reported)) this.#publish(property, news.reported);
    }
    if (state !== undefined) this.#publishState(device, state);
  }

  /** Publishes again what has been silent for long enough; called every HEARTBEAT_CHECK_MS. */
  beat(): void {
    const now = this.#parts.clock.monotonic();
    for (const [key, device] of this.#devices) {
      if (device.state === undefined || isAnyDue(device, now)) this.#refresh(key, device);
    }
  }

  /** Publishes what is due from what DeviceTwin has now, so that `at` shows when the value was last seen. */
  #refresh(key: DeviceKey, device: PublishedDevice): void {
    const twin = this.#parts.twin(key);
    if (twin?.spec.uid !== device.uid) return;
    const now = this.#parts.clock.monotonic();
    for (const [name, property] of device.properties) {
      const reported = twin.properties[name]?.reported;
      if (property.dueAt > now || reported === undefined) continue;
      if (fits(reported, property)) this.#publish(property, reported);
      else this.#withdraw(property);
    }
    if (twin.state !== undefined && device.state === undefined) this.#publishState(device, twin.state);
  }

  #publish(property: PublishedProperty, reported: Reported): void {
    const { broker, clock, random } = this.#parts;
    property.last = reported;
    property.dueAt = clock.monotonic() + HEARTBEAT_MS - 2 * HEARTBEAT_CHECK_MS - random() * SPREAD_MS;
    broker.publish(property.topic, this.#payloads.of(reported, property), { retain: true });
  }

  #withdraw(property: PublishedProperty): void {
    if (property.last !== undefined) this.#clear(property.topic);
    property.last = undefined;
  }

  #publishState(device: PublishedDevice, state: StateReport): void {
    const { state: word, reason, since } = state;
    const before = device.state;
    device.state = state;
    if (before?.state === word && before.reason === reason && before.since === since) return;
    this.#parts.broker.publish(device.stateTopic, statePayload(state), { retain: true });
  }

  #clear(topic: string): void {
    this.#parts.broker.publish(topic, "", { retain: true });
  }
}

/** The property's place among the publications; kept if nothing of it changed that shows, due at once if it did. */
function follow(key: DeviceKey, property: DeviceProperty, known: PublishedDevice | undefined): PublishedProperty {
  const middle = middleOf(property);
  const before = known?.properties.get(property.name);
  if (before?.middle === middle) return before;
  return { type: property.type, topic: topics.value(key, property.name), middle, last: before?.last, dueAt: 0 };
}

function isAnyDue({ properties }: PublishedDevice, now: number): boolean {
  for (const { dueAt } of properties.values()) if (dueAt <= now) return true;
  return false;
}

function isNews(last: Reported | undefined, { value, quality, reason, version }: Reported): boolean {
  return (
    last === undefined ||
    (version >= last.version &&
      (last.value !== value || last.quality !== quality || last.reason !== reason || last.version !== version))
  );
}

/** After a property's type was changed, its last value may be none of the new type: then it waits for the next. */
function fits({ value }: Reported, { type }: PublishedProperty): boolean {
  if (value === undefined) return true;
  try {
    return canonicalText(value, type) === value;
  } catch {
    return false; // of the type that the property had before
  }
}
