import type { DeviceProperty } from "../../shared/model/device.ts";
import type { Quality, Reported } from "../../shared/model/twin.ts";
import type { Reading } from "../../shared/wire/mapperMessages.ts";

/** What a reading does to what was known: `quality` also if only the reason differs, `freshness` if only the time does. */
export interface Merged {
  readonly reported: Reported;
  readonly changed: "value" | "quality" | "freshness";
}

interface Arrival {
  /** When it was read, epoch ms. */
  readonly at: number;
  /** The cloud has seen this version: of a rebuilt store the next one has to be higher. */
  readonly floor: number;
}

/** What is known of a property after a reading. The version rises with value, quality and reason, never with the time alone. */
export function mergeReported(before: Reported | undefined, reading: Reading, { at, floor }: Arrival): Merged {
  const { quality, reason } = reading;
  const kept = reading.value === undefined;
  const value = kept ? before?.value : (reading.value ?? undefined);
  const source = kept ? before?.sourceTimestamp : reading.sourceTimestamp;
  // Of a value that could not be read again, the time says when it was seen last.
  const seenAt = kept && before?.value !== undefined ? before.at : at;
  const changed = changeOf(before, { value, quality, reason });
  const last = Math.max(before?.version ?? 0, floor);
  return {
    changed,
    reported: {
      ...(value === undefined ? {} : { value }),
      quality,
      reason,
      at: seenAt,
      ...(source === undefined ? {} : { sourceTimestamp: source }),
      version: changed === "freshness" ? last : last + 1,
    },
  };
}

function changeOf(
  before: Reported | undefined,
  after: { readonly value: string | undefined; readonly quality: Quality; readonly reason: string },
): Merged["changed"] {
  if (before === undefined || before.quality !== after.quality || before.reason !== after.reason) return "quality";
  return before.value === after.value ? "freshness" : "value";
}

/** The same value, but nobody vouches for it any more. */
export function markStale(before: Reported, reason: string): Merged {
  const reading: Reading = { property: "", quality: "stale", reason };
  return mergeReported(before, reading, { at: before.at, floor: 0 });
}

/** A property that nobody has read yet; also one whose type has changed, since its text means something else now. */
export function unread({ at, floor }: Arrival): Reported {
  return { quality: "stale", reason: "NotReadYet", at, version: floor + 1 };
}

/** When a change becomes news for the cloud. `nextAt` is kept per property, on the monotonic clock, and never saved. */
export type Turn =
  | { readonly kind: "now"; readonly nextAt: number }
  | { readonly kind: "held"; readonly nextAt: number }
  | { readonly kind: "never" };

/**
 * reportCycleMs is the least interval between values of a property; a change of quality does not wait. A poll that
 * comes a little early is not held, so that a poll every second and a report every second go together; what it was
 * early, the next one has to wait longer.
 */
export function turnOf(
  changed: "value" | "quality",
  { reportToCloud, reportCycleMs }: DeviceProperty,
  { row, now }: { readonly row: { readonly nextAt: number } | undefined; readonly now: { readonly monotonic: number } },
): Turn {
  if (!reportToCloud) return { kind: "never" };
  const nextAt = row?.nextAt ?? 0;
  const earlyMs = reportCycleMs / 20;
  if (changed === "value" && now.monotonic < nextAt - earlyMs) return { kind: "held", nextAt };
  return { kind: "now", nextAt: Math.max(nextAt, now.monotonic) + reportCycleMs };
}
