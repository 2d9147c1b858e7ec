import type { Acceptance, Desired, Reported, StateReport } from "../../shared/model/twin.ts";
import { compareOrder, DESIRED_STEPS, isFinal } from "../../shared/model/twin.ts";
import type { PropertyType } from "../../shared/model/value.ts";
import type { DesiredProgress, DeviceStatusReport, ReportedProperty } from "../../shared/wire/syncFrames.ts";
import type { Numbered, NumberedChange } from "./desired.ts";

export interface ReportedRecord extends Reported {
  readonly type: PropertyType;
  readonly unit?: string | undefined;
}

export interface DesiredRecord extends Desired {
  /** At an end, and the device differs from it now. */
  readonly diverged: boolean;
}

/**
 * All that the cloud knows of one device's values: what DeviceStatus shows, and what it keeps for the next start.
 * Replaced, never changed.
 */
export interface StatusRecord {
  /** The Device's, in its order; empty before they are known. */
  readonly properties: readonly string[];
  readonly reported: Readonly<Record<string, ReportedRecord>>;
  readonly desired: Readonly<Record<string, DesiredRecord>>;
  /** Also of properties that the Device no longer has: a number is never used twice. */
  readonly numbered: Readonly<Record<string, Numbered>>;
  readonly state?: StateReport | undefined;
  readonly acceptance?: Acceptance | undefined;
  /** Of the edge's store whose `rev` this is; "" before the first report. */
  readonly store: string;
  readonly rev: number;
  /** The node that has the device, or "". */
  readonly node: string;
  /** Why nobody vouches for the values at present ("NodeDisconnected"), or "". What the edge said stays beneath. */
  readonly lost: string;
}

export const EMPTY_RECORD: StatusRecord = {
  properties: [],
  reported: {},
  desired: {},
  numbered: {},
  store: "",
  rev: 0,
  node: "",
  lost: "",
};

/** Takes an edge's report in. Nothing goes back in version or order, however late or often a report comes. */
export function withReport(record: StatusRecord, store: string, report: DeviceStatusReport): StatusRecord {
  const isSameStore = record.store === store;
  const reported = report.reported.filter(({ property, version }) => {
    const known = record.reported[property];
    // A rebuilt store counts on from what we tell it; until it has heard of that, its numbers mean nothing.
    return known === undefined || version > known.version || (isSameStore && version === known.version);
  });
  const desired = report.desired.filter((progress) => isNews(record, progress));
  const next: StatusRecord = {
    ...record,
    // Of what a new store does not name nobody has seen anything since.
    reported: withEntries(isSameStore ? record.reported : unread(record.reported), reported, reportedRecord),
    desired: withEntries(record.desired, desired, (progress) => desiredRecord(progress, record.desired)),
    numbered: { ...record.numbered, ...flooredNumbers(record, report.desired) },
    state: report.state ?? record.state,
    acceptance: report.acceptance ?? record.acceptance,
    store,
    rev: report.rev,
    lost: "",
  };
  return record.properties.length === 0 ? next : withProperties(next, record.properties);
}

/** Takes new numbers in. A change that was open is superseded by the new one in its place. */
export function withNumbered(
  record: StatusRecord,
  { changes, withdrawn }: { readonly changes: readonly NumberedChange[]; readonly withdrawn: readonly string[] },
): StatusRecord {
  const desired = withEntries(
    record.desired,
    changes,
    (change): DesiredRecord => ({
      value: change.value,
      order: { spec: change.numbered.version, local: 0 },
      origin: "spec",
      requestedAt: change.numbered.requestedAt,
      state: change.state,
      reason: change.reason,
      message: change.message,
      diverged: false,
    }),
  );
  const taken = withdrawn.map((property) => ({ property }));
  const numbered = withEntries(record.numbered, changes, (change) => change.numbered);
  return {
    ...record,
    desired: Object.fromEntries(Object.entries(desired).filter(([property]) => !withdrawn.includes(property))),
    numbered: withEntries(numbered, taken, ({ property }): Numbered => {
      const { version, requestedAt } = numbered[property] ?? { version: 0, requestedAt: 0 };
      return { version, requestedAt, digest: "" };
    }),
  };
}

/** Marks a change whose time ran out before its edge had heard of it. */
export function withExpired(record: StatusRecord, property: string, version: number): StatusRecord {
  const desired = record.desired[property];
  if (desired?.state !== "requested" || desired.order.spec !== version || desired.order.local !== 0) return record;
  const expired: DesiredRecord = {
    ...desired,
    state: "expired",
    reason: "Expired",
    message: "its time to live ran out before its edge took it",
  };
  return { ...record, desired: { ...record.desired, [property]: expired } };
}

/**
 * The device has gone to another node, or to none: what its old edge said is nobody's word any more. If it comes back
 * to that edge, all is told anew: an edge that dropped the device counts its revs from the beginning again.
 */
export function withNode(record: StatusRecord, node: string): StatusRecord {
  if (node === record.node) return record;
  const lost = record.store === "" ? record.lost : node === "" ? "NotAssigned" : "Reassigned";
  return { ...record, node, lost, rev: 0, acceptance: undefined };
}

/** Drops what belongs to properties that the Device no longer has, and puts the rest in the Device's order. */
export function withProperties(record: StatusRecord, names: readonly string[]): StatusRecord {
  const ordered = <T>(entries: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
    Object.fromEntries(names.flatMap((name) => (entries[name] === undefined ? [] : [[name, entries[name]]])));
  return { ...record, properties: names, reported: ordered(record.reported), desired: ordered(record.desired) };
}

function isNews({ desired, numbered }: StatusRecord, progress: DesiredProgress): boolean {
  const { order, state, property } = progress;
  const wish = numbered[property];
  // Taken back meanwhile: the edge has not heard of that yet.
  if (wish?.digest === "" && order.spec === wish.version && order.local === 0) return false;
  const known = desired[property];
  if (known === undefined) return true;
  const later = compareOrder(order, known.order);
  if (later !== 0) return later > 0;
  return state === known.state || isFinal(state) || DESIRED_STEPS[known.state].includes(state);
}

/**
 * An edge that knows of a higher number than we do has outlived a DeviceStatus that somebody deleted: it would take
 * our next numbers for old ones. We count on from its number; a wish that is not what it holds is numbered anew.
 */
function flooredNumbers(
  { desired, numbered }: StatusRecord,
  reported: readonly DesiredProgress[],
): StatusRecord["numbered"] {
  return Object.fromEntries(
    reported.flatMap(({ property, order, value, requestedAt }): [string, Numbered][] => {
      const last = numbered[property];
      if (order.spec <= (last?.version ?? 0)) return [];
      const isSameWish = last !== undefined && desired[property]?.value === value && order.local === 0;
      return [[property, { ...last, requestedAt, version: order.spec, digest: isSameWish ? last.digest : FORGOTTEN }]];
    }),
  );
}

/** No digest of any wish. */
const FORGOTTEN = "forgotten";

const unread = (reported: StatusRecord["reported"]): StatusRecord["reported"] =>
  Object.fromEntries(
    Object.entries(reported).map(([name, each]) => [name, { ...each, quality: "stale", reason: "NotReadYet" }]),
  );

const reportedRecord = ({ property: _, ...reported }: ReportedProperty): ReportedRecord => reported;

/** An edge that took over an end which was set here knows no words for it: ours stay. */
function desiredRecord({ property, ...told }: DesiredProgress, before: StatusRecord["desired"]): DesiredRecord {
  const known = before[property];
  const isSame = known?.state === told.state && compareOrder(known.order, told.order) === 0;
  return isSame && told.message === "" ? { ...told, message: known.message } : told;
}

function withEntries<News extends { readonly property: string }, T>(
  before: Readonly<Record<string, T>>,
  news: readonly News[],
  recordOf: (item: News) => T,
): Readonly<Record<string, T>> {
  if (news.length === 0) return before;
  return { ...before, ...Object.fromEntries(news.map((item) => [item.property, recordOf(item)])) };
}
