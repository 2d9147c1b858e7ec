import { isFault } from "../../shared/kit/fault.ts";
import type { DeviceProperty } from "../../shared/model/device.ts";
import type { DeviceResource } from "../../shared/model/resources/device.ts";
import { type ValueText, wantedText } from "../../shared/model/value.ts";
import { digestOf } from "./digest.ts";

/** What the spec wants of one property: the unit of change is value and metadata together (contract, 6.3). */
interface Wanted {
  readonly property: string;
  readonly value: string;
  readonly digest: string;
  readonly ttlMs?: number;
}

/** What was last numbered of a property. `digest` "": the wish was taken back, and its number is not used again. */
export interface Numbered {
  readonly version: number;
  readonly digest: string;
  /** When the change was first seen, epoch ms. */
  readonly requestedAt: number;
  readonly ttlMs?: number | undefined;
}

/** A new change with its number; `rejected` at once where Device and model together say that it cannot be. */
export interface NumberedChange {
  readonly property: string;
  /** Canonical, or as written if it was rejected. */
  readonly value: ValueText;
  readonly numbered: Numbered;
  readonly state: "requested" | "rejected";
  /** WrongType, OutOfRange, ReadOnly, UnknownProperty, or "". */
  readonly reason: string;
  readonly message: string;
}

/** The wishes of a Device; an empty value is none. */
export function wantedOf({ spec }: DeviceResource): readonly Wanted[] {
  return (spec.properties ?? []).flatMap(({ name, desired }) => {
    if (desired === undefined || desired.value === undefined || desired.value === "") return [];
    const { value, metadata } = desired;
    const ttlMs = Number(metadata?.["ttlMs"] ?? Number.NaN);
    const digest = digestOf({ value, metadata: metadata ?? {} });
    return [{ property: name, value, digest, ...(Number.isFinite(ttlMs) && ttlMs >= 0 ? { ttlMs } : {}) }];
  });
}

/** Numbers each wish that differs from what was last numbered, and names those that were taken back. Pure. */
export function numberDesired({
  wanted,
  numbered,
  properties,
  now,
}: {
  readonly wanted: readonly Wanted[];
  readonly numbered: Readonly<Record<string, Numbered>>;
  readonly properties: readonly DeviceProperty[];
  readonly now: number;
}): { readonly changes: readonly NumberedChange[]; readonly withdrawn: readonly string[] } {
  const changes = wanted.flatMap(({ property, value, digest, ttlMs }): NumberedChange[] => {
    const last = numbered[property];
    if (last?.digest === digest) return [];
    const number: Numbered = { version: (last?.version ?? 0) + 1, digest, requestedAt: now, ttlMs };
    const judged = judge(
      property,
      properties.find(({ name }) => name === property),
      value,
    );
    return [{ property, numbered: number, ...judged }];
  });
  const wished = new Set(wanted.map(({ property }) => property));
  const withdrawn = Object.entries(numbered).flatMap(([property, { digest }]) =>
    digest === "" || wished.has(property) ? [] : [property],
  );
  return { changes, withdrawn };
}

type Judgement = Pick<NumberedChange, "value" | "state" | "reason" | "message">;

function judge(name: string, property: DeviceProperty | undefined, value: string): Judgement {
  const path = `spec.properties[${name}].desired.value`;
  const rejected = (reason: string, why: string): Judgement => ({
    value,
    state: "rejected",
    reason,
    message: `${path}: ${why}`,
  });
  if (property === undefined) return rejected("UnknownProperty", "the model has no such property");
  if (property.accessMode === "ReadOnly") return rejected("ReadOnly", "the model says ReadOnly");
  try {
    return { value: wantedText(value, property), state: "requested", reason: "", message: "" };
  } catch (error) {
    if (!isFault(error, "data")) throw error;
    return rejected(error.code === "data.outOfRange" ? "OutOfRange" : "WrongType", error.message);
  }
}
