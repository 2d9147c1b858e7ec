import { isFault } from "../../shared/kit/fault.ts";
import type { DeviceProperty } from "../../shared/model/device.ts";
import type { TwinProperty } from "../../shared/model/twin.ts";
import type { ValueText } from "../../shared/model/value.ts";
import { jsonMembers } from "./jsonMembers.ts";

/** The codes of KubeEdge's error results. */
export type TwinErrorCode = 400 | 404 | 409 | 500;

/** A twin request that is answered with an error, and the `event_id` to answer to. */
export class TwinRefusal extends Error {
  override readonly name = "TwinRefusal";
  readonly code: TwinErrorCode;
  readonly eventId: string;

  constructor(code: TwinErrorCode, reason: string, eventId: string) {
    super(reason);
    this.code = code;
    this.eventId = eventId;
  }

  static from(error: unknown, eventId: string): unknown {
    if (!isFault(error)) return error;
    return new TwinRefusal(isFault(error, "data") ? 400 : 500, error.message, eventId);
  }
}

export interface TwinUpdate {
  readonly eventId: string;
  /** At least one of the two texts per property. */
  readonly entries: readonly { readonly name: string; readonly actual?: string; readonly expected?: string }[];
}

/** Reads the payload of `twin/update` (kubeedge.md 2.4). Timestamps of clients are ignored. Throws TwinRefusal. */
export function readTwinUpdate(text: string): TwinUpdate {
  const { eventId, members } = readEnvelope(text);
  const twin = members.get("twin");
  const properties = twin === undefined ? undefined : jsonMembers(twin);
  if (properties === undefined || properties.size === 0) {
    throw new TwinRefusal(400, '"twin" must be an object that names at least one property', eventId);
  }
  const entries = [...properties].map(([name, entry]) => readEntry(name, entry, eventId));
  return { eventId, entries };
}

/** Reads the `event_id` of `twin/get`; an empty payload has none. Throws TwinRefusal. */
export function readTwinGet(text: string): { readonly eventId: string } {
  return text.trim() === "" ? { eventId: "" } : { eventId: readEnvelope(text).eventId };
}

function readEnvelope(text: string): { eventId: string; members: ReadonlyMap<string, string> } {
  const members = jsonMembers(text);
  if (members === undefined) throw new TwinRefusal(400, "the payload must be a JSON object", "");
  const eventId = members.get("event_id") ?? '""';
  if (!eventId.startsWith('"')) throw new TwinRefusal(400, '"event_id" must be a string', "");
  return { eventId: String(JSON.parse(eventId)), members };
}

function readEntry(name: string, text: string, eventId: string): TwinUpdate["entries"][number] {
  const refuse = (why: string) => new TwinRefusal(400, `${name}: ${why}`, eventId);
  if (text === "null") throw refuse("cannot be deleted; a device has the properties of its model");
  const entry = jsonMembers(text);
  if (entry === undefined) throw refuse("must be an object");
  const type = jsonMembers(entry.get("metadata") ?? "{}")?.get("type");
  if (type === '"deleted"') throw refuse("cannot be deleted; a device has the properties of its model");
  const actual = readSide("actual", entry, refuse);
  const expected = readSide("expected", entry, refuse);
  if (actual === undefined && expected === undefined) throw refuse('needs "actual" or "expected"');
  return { name, ...(actual === undefined ? {} : { actual }), ...(expected === undefined ? {} : { expected }) };
}

function readSide(
  side: "actual" | "expected",
  entry: ReadonlyMap<string, string>,
  refuse: (why: string) => TwinRefusal,
): string | undefined {
  const text = entry.get(side);
  if (text === undefined || text === "null") return undefined;
  const value = jsonMembers(text)?.get("value");
  if (value === undefined) throw refuse(`"${side}" must be an object with "value"`);
  if (!value.startsWith('"')) throw refuse(`the value of "${side}" must be a JSON string, for numbers too`);
  return String(JSON.parse(value));
}

interface MsgTwin {
  readonly expected?: { readonly value: ValueText; readonly metadata: { readonly timestamp: number } };
  readonly actual?: { readonly value: ValueText; readonly metadata: { readonly timestamp: number } };
  /** What KubeEdge says of every property; there it means that it may be deleted. */
  readonly optional: true;
  readonly metadata: { readonly type: string };
}

/** One property as KubeEdge has it; `timestamp`s are ours, epoch ms. */
export function msgTwin(
  { type }: Pick<DeviceProperty, "type">,
  sides: {
    readonly expected?: { readonly value: ValueText; readonly at: number } | undefined;
    readonly actual?: { readonly value?: ValueText; readonly at: number } | undefined;
  },
): MsgTwin {
  const { expected, actual } = sides;
  return {
    ...(expected && { expected: { value: expected.value, metadata: { timestamp: expected.at } } }),
    ...(actual?.value !== undefined && { actual: { value: actual.value, metadata: { timestamp: actual.at } } }),
    optional: true,
    metadata: { type: type.toLowerCase() },
  };
}

/** Both sides of a property of a twin. */
export function msgTwinOf(property: DeviceProperty, { desired, reported }: TwinProperty): MsgTwin {
  return msgTwin(property, {
    expected: desired && { value: desired.value, at: desired.requestedAt },
    actual: reported,
  });
}

/** `twin` has a null prototype or comes from Object.fromEntries, so that no property name is special. */
export function twinPayload(eventId: string, timestamp: number, twin: Readonly<Record<string, MsgTwin>>): string {
  return JSON.stringify({ event_id: eventId, timestamp, twin });
}

export function twinErrorPayload({ eventId, code, message }: TwinRefusal, timestamp: number): string {
  return JSON.stringify({ event_id: eventId, timestamp, code, reason: message });
}
