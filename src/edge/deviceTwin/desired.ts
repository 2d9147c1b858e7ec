import {
  type ChangeOrder,
  compareOrder,
  DESIRED_STEPS,
  type Desired,
  type DesiredOrigin,
  type DesiredState,
  isFinal,
  orderText,
} from "../../shared/model/twin.ts";
import type { PropertyType, ValueText } from "../../shared/model/value.ts";
import type { DesiredChange } from "../../shared/wire/syncFrames.ts";
import type { Deadline, DesiredRow } from "../twinRows.ts";

/** Where the machine's time stands; deadlines are compared with nothing else. */
export interface BootPoint {
  readonly boot: string;
  readonly upMs: number;
}

/** What an event makes of a property's desired change. */
export interface Step {
  readonly row: DesiredRow;
  /** What happened, oldest first: an open change that was replaced, then the row's own. */
  readonly told: readonly Desired[];
}

interface NewChange {
  readonly value: ValueText;
  readonly order: ChangeOrder;
  readonly origin: DesiredOrigin;
  readonly requestedAt: number;
  readonly state: DesiredState;
  readonly reason: string;
  readonly ttlMs: number | undefined;
}

/** A change of the spec, as an assignment carries it. undefined: nothing new. */
export function takeSpecChange(
  before: DesiredRow | undefined,
  change: DesiredChange,
  { now, type }: { readonly now: BootPoint; readonly type: PropertyType },
): Step | undefined {
  const order = { spec: change.spec, local: 0 };
  const newer = before === undefined ? 1 : compareOrder(order, before.desired.order);
  if (before !== undefined && newer < 0) return undefined;
  // The cloud may know more than a store that was restored, or has given the change up: forward steps only.
  if (before !== undefined && newer === 0) return advance(before, { state: change.state, reason: change.reason });
  const { value, requestedAt, state, reason, ttlLeftMs } = change;
  const step = replace(before, { value, order, origin: "spec", requestedAt, state, reason, ttlMs: ttlLeftMs }, now);
  const rounded = type === "FLOAT" || type === "DOUBLE";
  if (step.row.desired.state !== "verified" || rounded) return step;
  // Taken over at its end: nobody here saw what the device said then. Only texts without rounding tell it apart.
  return { ...step, row: { ...step.row, applied: value } };
}

/** A wish from the edge itself. Its number follows the last spec change that this edge has seen. */
export function takeLocalChange(
  before: DesiredRow | undefined,
  wish: { readonly value: ValueText; readonly at: number; readonly ttlMs: number | undefined },
  now: BootPoint,
): Step {
  const last = before?.desired.order ?? { spec: 0, local: 0 };
  const order = { spec: last.spec, local: last.local + 1 };
  const { value, at: requestedAt, ttlMs } = wish;
  return replace(before, { value, order, origin: "mqtt", requestedAt, state: "sent", reason: "", ttlMs }, now);
}

function replace(before: DesiredRow | undefined, change: NewChange, now: BootPoint): Step {
  const { ttlMs, ...rest } = change;
  const fresh: DesiredRow = {
    // On disk here, which is what `sent` means.
    desired: { ...rest, state: change.state === "requested" ? "sent" : change.state, message: "" },
    diverged: false,
    ...(ttlMs === undefined ? {} : { deadline: { boot: now.boot, upMs: now.upMs + ttlMs } }),
    withdrawn: false,
  };
  const row = expire(fresh, now)?.row ?? fresh;
  const message = `change ${orderText(change.order)} came instead`;
  const superseded = before && advance(before, { state: "superseded", message });
  return { row, told: [...(superseded?.told ?? []), row.desired] };
}

/** One step of DESIRED_STEPS; undefined if it is none, as for a word that comes late or twice. */
export function advance(
  before: DesiredRow,
  { state, reason = "", message = "" }: { state: DesiredState; reason?: string; message?: string },
): Step | undefined {
  if (!DESIRED_STEPS[before.desired.state].includes(state)) return undefined;
  const desired: Desired = { ...before.desired, state, reason, message };
  return { row: { ...before, desired }, told: [desired] };
}

/** Ends a change whose time to live has run out before it was written. */
export function expire(before: DesiredRow, now: BootPoint): Step | undefined {
  if (before.deadline === undefined || timeLeft(before.deadline, now) > 0) return undefined;
  return advance(before, { state: "expired", reason: "Expired", message: "not written within its time to live" });
}

/** Of a deadline of another boot nothing is known, and what may have run out must not reach the device. */
export function timeLeft(deadline: Deadline, { boot, upMs }: BootPoint): number {
  return deadline.boot === boot ? Math.max(0, deadline.upMs - upMs) : 0;
}

/** The spec wants nothing of this property any more. A local wish stays: the spec has not changed what it says of it. */
export function withdraw(before: DesiredRow): Step | undefined {
  if (before.withdrawn || before.desired.origin !== "spec") return undefined;
  const ended = advance(before, { state: "superseded", message: "the spec does not want it any more" });
  return { row: { ...(ended?.row ?? before), diverged: false, withdrawn: true }, told: ended?.told ?? [] };
}

/** Whether the device should still be brought to the value, or be asked whether it took it. */
export const isOpen = ({ desired }: DesiredRow): boolean => !isFinal(desired.state);

/**
 * Compares with what the device says, in the device's own resolution: what it says between the write and its
 * verification, or first thereafter, is what the change looks like there. undefined: as before.
 */
export function observe(row: DesiredRow, value: ValueText): DesiredRow | undefined {
  switch (row.desired.state) {
    case "written":
      return row.applied === value ? undefined : { ...row, applied: value };
    case "verified": {
      if (row.withdrawn) return undefined;
      if (row.applied === undefined) return { ...row, applied: value };
      const diverged = value !== row.applied && value !== row.desired.value;
      return diverged === row.diverged ? undefined : { ...row, diverged };
    }
    case "requested":
    case "sent":
    case "mismatch":
    case "rejected":
    case "expired":
    case "superseded":
      return undefined;
  }
}
