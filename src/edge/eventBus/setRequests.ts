import { isFault } from "../../shared/kit/fault.ts";
import { aborted, type Clock, slept } from "../../shared/kit/time.ts";
import type { DeviceKey, DeviceProperty, DeviceSpec } from "../../shared/model/device.ts";
import { topics } from "../../shared/wire/topics.ts";
import type { DesiredFollower, Wish } from "./desiredFollower.ts";
import { jsonMembers } from "./jsonMembers.ts";
import type { MessageBroker } from "./messageBroker.ts";
import { readId, readSet, readTtl, requestedValue, valueOfLiteral } from "./setRequest.ts";
import { type Outcome, resultPayload, SetRefusal } from "./setResult.ts";
import type { Twins } from "./twins.ts";
import { decodeUtf8 } from "./utf8.ts";

/** Who has heard nothing for this long is told that the request is on disk (contract, section 5). */
const ACCEPT_AFTER_MS = 1000;

interface SetRequestsParts {
  readonly broker: Pick<MessageBroker, "publish">;
  readonly twins: Twins;
  readonly follower: DesiredFollower;
  readonly clock: Clock;
  readonly maxValueBytes: number;
  /** Ends the waiting of all requests. */
  readonly signal: AbortSignal;
  /** Hears of every refusal, for the metrics. */
  onRefused(refusal: SetRefusal, topic: string): void;
}

interface Request {
  readonly id: string;
  readonly wishes: readonly Wish[];
}

/** Answers `…/set` and `$method/…`: each request gets one final result on its own topic, whatever was sent. */
export class SetRequests {
  readonly #parts: SetRequestsParts;

  constructor(parts: SetRequestsParts) {
    this.#parts = parts;
  }

  /** One value. Resolves when the final result is published. */
  async set(key: DeviceKey, property: string, payload: Buffer): Promise<void> {
    await this.#answer(topics.setResult(key, property), () => this.#readSet(key, property, payload));
  }

  /** A method: writes each of its properties from the argument of that name. */
  async call(key: DeviceKey, method: string, payload: Buffer): Promise<void> {
    await this.#answer(topics.methodResult(key, method), () => this.#readCall(key, method, payload));
  }

  async #answer(topic: string, read: () => Request): Promise<void> {
    const { broker, signal, onRefused } = this.#parts;
    const publish = (id: string, outcome: Outcome) =>
      broker.publish(topic, resultPayload(id, outcome), { retain: false });
    try {
      const request = read();
      const outcome = await this.#bring(request, () =>
        publish(request.id, { code: "Accepted", message: "stored; will be written as soon as the device allows it" }),
      );
      if (!signal.aborted) publish(request.id, outcome);
    } catch (error) {
      if (!(error instanceof SetRefusal)) throw error;
      onRefused(error, topic);
      publish(error.id, { code: error.code, message: error.message });
    }
  }

  /** Brings about all that a request wishes for; the outcome of the first one that fails stands for all. */
  async #bring({ id, wishes }: Request, accept: () => void): Promise<Outcome> {
    const { follower, signal } = this.#parts;
    const answered = new AbortController();
    const { promise: stored, resolve } = newSignal();
    let unstored = wishes.length;
    const onStored = () => {
      unstored -= 1;
      if (unstored === 0) resolve();
    };
    const accepting = this.#acceptLater(stored, AbortSignal.any([answered.signal, signal]), accept);
    try {
      const outcomes = await Promise.all(wishes.map((wish) => follower.bring(wish, onStored)));
      return outcomes.find(({ code }) => code !== "Verified") ?? { code: "Verified", message: "" };
    } catch (error) {
      if (isFault(error)) throw SetRefusal.from(error, id);
      throw error;
    } finally {
      answered.abort();
      await accepting;
    }
  }

  async #acceptLater(stored: Promise<void>, signal: AbortSignal, accept: () => void): Promise<void> {
    if (!(await slept(this.#parts.clock, ACCEPT_AFTER_MS, signal))) return; // answered before
    await Promise.race([stored, aborted(signal)]);
    if (!signal.aborted) accept();
  }

  #readSet(key: DeviceKey, name: string, payload: Buffer): Request {
    const request = readSet(this.#text(payload));
    const property = propertyOf(this.#spec(key, request.id), name, request.id);
    const value = requestedValue(request, property);
    const ttl = request.kind === "long" && request.ttlMs !== undefined ? { ttlMs: request.ttlMs } : {};
    return { id: request.id, wishes: [{ key, property: name, value, ...ttl }] };
  }

  #readCall(key: DeviceKey, method: string, payload: Buffer): Request {
    const members = jsonMembers(this.#text(payload));
    if (members === undefined) throw new SetRefusal("BadPayload", "arguments must be a JSON object", "");
    const found = this.#spec(key, idOf(members)).methods.find(({ name }) => name === method);
    if (found === undefined) throw new SetRefusal("UnknownProperty", `${key} has no method ${method}`, idOf(members));
    const { propertyNames } = found;
    const id = propertyNames.includes("id") ? "" : readId(members);
    const ttl = propertyNames.includes("ttlMs") ? {} : readTtl(members, id);
    if (propertyNames.length === 0) throw new SetRefusal("Rejected", `method ${method} names no properties`, id);
    const spec = this.#spec(key, id);
    const wishes = propertyNames.map((name) => {
      const literal = members.get(name);
      if (literal === undefined) throw new SetRefusal("BadPayload", `argument ${name} is missing`, id);
      return { key, property: name, value: valueOfLiteral(literal, propertyOf(spec, name, id), id), ...ttl };
    });
    return { id, wishes };
  }

  #text(payload: Buffer): string {
    const { maxValueBytes } = this.#parts;
    if (payload.length > maxValueBytes) {
      throw new SetRefusal("TooLarge", `${payload.length} bytes, at most ${maxValueBytes} are taken`, "");
    }
    const text = decodeUtf8(payload);
    if (text === undefined) throw new SetRefusal("BadPayload", "not UTF-8", "");
    return text;
  }

  #spec(key: DeviceKey, id: string): DeviceSpec {
    const twin = this.#parts.twins.twin(key);
    if (twin === undefined) throw new SetRefusal("UnknownDevice", `this edge has no device ${key}`, id);
    return twin.spec;
  }
}

/** The id of a call, if it is a string, for answers to what is wrong beyond it. */
function idOf(members: ReadonlyMap<string, string>): string {
  const literal = members.get("id");
  return literal?.startsWith('"') ? String(JSON.parse(literal)) : "";
}

function propertyOf({ key, properties }: DeviceSpec, name: string, id: string): DeviceProperty {
  const property = properties.find((candidate) => candidate.name === name);
  if (property === undefined) throw new SetRefusal("UnknownProperty", `${key} has no property ${name}`, id);
  return property;
}

function newSignal(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((onResolve) => {
    resolve = onResolve;
  });
  return { promise, resolve };
}
