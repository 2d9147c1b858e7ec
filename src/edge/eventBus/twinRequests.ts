import type { Bus } from "../../shared/kit/bus.ts";
import type { Clock } from "../../shared/kit/time.ts";
import type { DeviceKey, DeviceProperty } from "../../shared/model/device.ts";
import { isFinal } from "../../shared/model/twin.ts";
import { canonicalText, type ValueText, wantedText } from "../../shared/model/value.ts";
import { topics } from "../../shared/wire/topics.ts";
import type { EdgeEvents } from "../events.ts";
import type { DesiredFollower } from "./desiredFollower.ts";
import type { MessageBroker } from "./messageBroker.ts";
import {
  msgTwin,
  msgTwinOf,
  readTwinGet,
  readTwinUpdate,
  TwinRefusal,
  type TwinUpdate,
  twinErrorPayload,
  twinPayload,
} from "./twinMessages.ts";
import type { Twins, TwinView } from "./twins.ts";
import { decodeUtf8 } from "./utf8.ts";

/** An update may be as long as this many values of the largest size. */
const VALUES_PER_UPDATE = 4;

interface TwinRequestsParts {
  readonly bus: Bus<EdgeEvents>;
  readonly broker: Pick<MessageBroker, "publish">;
  readonly twins: Twins;
  readonly follower: DesiredFollower;
  readonly clock: Clock;
  readonly maxValueBytes: number;
  /** Whether a built-in mapper brings the values of this device. */
  isServed(key: DeviceKey): boolean;
  onRefused(refusal: TwinRefusal, topic: string): void;
}

/** What one entry of an update means, checked against the device. */
interface Entry {
  readonly property: DeviceProperty;
  readonly actual?: ValueText;
  readonly expected?: ValueText;
}

/** Answers KubeEdge's `twin/update` and `twin/get`. An update is taken as a whole or not at all. */
export class TwinRequests {
  readonly #parts: TwinRequestsParts;

  constructor(parts: TwinRequestsParts) {
    this.#parts = parts;
  }

  /** Resolves when the result is published, which says that everything is on disk. */
  async update(key: DeviceKey, payload: Buffer): Promise<void> {
    await this.#answer(topics.twinUpdateResult(key), async () => {
      const { eventId, entries } = readTwinUpdate(this.#text(payload));
      const twin = this.#twin(key, eventId, "update rejected: this edge has no such device");
      const checked = entries.map((entry) => this.#check(twin, entry, eventId));
      const at = this.#parts.clock.now();
      try {
        await Promise.all([this.#report(twin, checked, at), ...this.#wish(key, checked)]);
      } catch (error) {
        throw TwinRefusal.from(error, eventId);
      }
      return twinPayload(
        eventId,
        at,
        Object.fromEntries(checked.map((entry) => [entry.property.name, taken(entry, at)])),
      );
    });
  }

  async get(key: DeviceKey, payload: Buffer): Promise<void> {
    await this.#answer(topics.twinGetResult(key), async () => {
      const { eventId } = readTwinGet(this.#text(payload));
      const { spec, properties } = this.#twin(key, eventId, "this edge has no such device");
      const twin = spec.properties.map((property) => [
        property.name,
        msgTwinOf(property, properties[property.name] ?? {}),
      ]);
      return twinPayload(eventId, this.#parts.clock.now(), Object.fromEntries(twin));
    });
  }

  async #answer(topic: string, reply: () => Promise<string>): Promise<void> {
    const { broker, clock, onRefused } = this.#parts;
    try {
      broker.publish(topic, await reply(), { retain: false });
    } catch (error) {
      if (!(error instanceof TwinRefusal)) throw error;
      onRefused(error, topic);
      broker.publish(topic, twinErrorPayload(error, clock.now()), { retain: false });
    }
  }

  #text(payload: Buffer): string {
    const maxBytes = VALUES_PER_UPDATE * this.#parts.maxValueBytes;
    if (payload.length > maxBytes) {
      throw new TwinRefusal(400, `${payload.length} bytes, at most ${maxBytes} are taken`, "");
    }
    const text = decodeUtf8(payload);
    if (text === undefined) throw new TwinRefusal(400, "the payload is not UTF-8", "");
    return text;
  }

  #twin(key: DeviceKey, eventId: string, reason: string): TwinView {
    const twin = this.#parts.twins.twin(key);
    if (twin === undefined) throw new TwinRefusal(404, reason, eventId);
    return twin;
  }

  #check({ spec }: TwinView, { name, actual, expected }: TwinUpdate["entries"][number], eventId: string): Entry {
    const property = spec.properties.find((candidate) => candidate.name === name);
    if (property === undefined) throw new TwinRefusal(404, `${spec.key} has no property ${name}`, eventId);
    for (const value of [actual, expected]) {
      const bytes = value === undefined ? 0 : Buffer.byteLength(value);
      if (bytes <= this.#parts.maxValueBytes) continue;
      throw new TwinRefusal(400, `${name}: ${bytes} bytes, at most ${this.#parts.maxValueBytes} are taken`, eventId);
    }
    if (actual !== undefined && property.visitor !== undefined && this.#parts.isServed(spec.key)) {
      throw new TwinRefusal(409, `${name} is read from the device by the built-in mapper`, eventId);
    }
    try {
      return {
        property,
        ...(actual === undefined ? {} : { actual: canonicalText(actual, property.type) }),
        ...(expected === undefined ? {} : { expected: wished(expected, property, eventId) }),
      };
    } catch (error) {
      throw TwinRefusal.from(error, eventId);
    }
  }

  async #report({ spec: { key, uid }, properties }: TwinView, entries: readonly Entry[], at: number): Promise<void> {
    const { bus, twins } = this.#parts;
    const readings = entries.flatMap(({ property, actual }) =>
      actual === undefined ? [] : [{ property: property.name, value: actual, quality: "good", reason: "" } as const],
    );
    if (readings.length === 0) return;
    bus.emit("twin.reported", { key, uid, at, readings });
    for (const { property, value } of readings) {
      const desired = properties[property]?.desired;
      if (desired === undefined || isFinal(desired.state) || desired.value !== value) continue;
      const { order } = desired;
      bus.emit("desired.progressed", { key, uid, property, order, state: "verified", reason: "", message: "" });
    }
    await twins.settled();
  }

  /** One promise per wish, for when it is on disk. */
  #wish(key: DeviceKey, entries: readonly Entry[]): Promise<void>[] {
    const { follower } = this.#parts;
    return entries.flatMap(({ property, expected: value }) => {
      if (value === undefined) return [];
      const stored = new Promise<void>((resolve, reject) => {
        // How it ends is seen in the twin; this request is answered as soon as it is on disk.
        follower.bring({ key, property: property.name, value }, resolve).catch(reject);
      });
      return [stored];
    });
  }
}

function wished(text: string, property: DeviceProperty, eventId: string): ValueText {
  if (property.accessMode === "ReadOnly") throw new TwinRefusal(400, `${property.name} can only be read`, eventId);
  return wantedText(text, property);
}

/** What the result says of an entry: the sides that were changed. */
function taken({ property, actual, expected }: Entry, at: number) {
  return msgTwin(property, {
    expected: expected === undefined ? undefined : { value: expected, at },
    actual: actual === undefined ? undefined : { value: actual, at },
  });
}
