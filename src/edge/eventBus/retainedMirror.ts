/** One message on its way to a broker that is elsewhere. */
export interface Parcel {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
}

interface RetainedMirrorParts {
  /** Topic of the list of devices that have retained topics at the broker. */
  readonly indexTopic: string;
  /** Most messages without retain that are kept while the broker is away. */
  readonly maxWaiting: number;
  onDropped(topic: string): void;
}

/**
 * What an external broker should hold, and what it has not been sent yet. Retained messages are state: only the newest
 * of a topic is sent, however long the broker was away. The others (results) wait in order, so many and no more.
 */
export class RetainedMirror {
  readonly #parts: RetainedMirrorParts;
  /** An empty payload: still to be cleared. */
  readonly #retained = new Map<string, string>();
  readonly #unsent = new Set<string>();
  readonly #waiting: Parcel[] = [];
  /** How many topics are held per device, `devices/ns/name`. */
  readonly #devices = new Map<string, number>();
  /** false: the broker's list is of an earlier life and still needed. */
  #isListed = false;

  constructor(parts: RetainedMirrorParts) {
    this.#parts = parts;
  }

  put({ topic, payload, retain }: Parcel): void {
    if (!retain) {
      this.#wait({ topic, payload, retain });
      return;
    }
    if (!this.#retained.has(topic)) this.#countDevice(topic, 1);
    this.#retained.set(topic, payload);
    this.#unsent.add(topic);
  }

  /** The next message to send, which is then under way: `delivered` or `lost` must follow. */
  next(): Parcel | undefined {
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) return waiting;
    for (const topic of this.#unsent) {
      this.#unsent.delete(topic);
      const payload = topic === this.#parts.indexTopic ? this.#index() : (this.#retained.get(topic) ?? "");
      return { topic, payload, retain: true };
    }
    return undefined;
  }

  delivered({ topic, payload, retain }: Parcel): void {
    if (!retain || payload !== "" || this.#retained.get(topic) !== "") return;
    this.#retained.delete(topic);
    this.#countDevice(topic, -1);
  }

  lost(parcel: Parcel): void {
    if (parcel.retain) this.#unsent.add(parcel.topic);
    else this.#wait(parcel);
  }

  /** The broker may have forgotten everything: all of it goes out again. */
  sendAll(): void {
    if (this.#isListed) this.#unsent.add(this.#parts.indexTopic);
    for (const topic of this.#retained.keys()) this.#unsent.add(topic);
  }

  /** A retained topic was found at the broker: it is cleared if it is not ours any more. */
  found(topic: string): void {
    if (!this.#retained.has(topic)) this.put({ topic, payload: "", retain: true });
  }

  /** What an earlier life left at the broker is found; from now on its list is ours. */
  settle(): void {
    this.#isListed = true;
    this.#unsent.add(this.#parts.indexTopic);
  }

  #wait(parcel: Parcel): void {
    if (this.#waiting.length < this.#parts.maxWaiting) this.#waiting.push(parcel);
    else this.#parts.onDropped(parcel.topic);
  }

  #index(): string {
    return JSON.stringify([...this.#devices.keys()]);
  }

  #countDevice(topic: string, by: 1 | -1): void {
    const device = topic.split("/", 3).join("/");
    const count = (this.#devices.get(device) ?? 0) + by;
    if (count > 0) this.#devices.set(device, count);
    else this.#devices.delete(device);
    const isNewOrGone = count === 0 || (count === 1 && by === 1);
    if (isNewOrGone && this.#isListed) this.#unsent.add(this.#parts.indexTopic);
  }
}
