import { z } from "zod";
import { isoSeconds } from "../../shared/kit/time.ts";
import { DEVICE_STATES } from "../../shared/model/device.ts";
import type { DeviceStatusStatus, DeviceStatusTwin } from "../../shared/model/resources/deviceStatus.ts";
import { DESIRED_STATES, orderText, QUALITIES } from "../../shared/model/twin.ts";
import { PROPERTY_TYPES } from "../../shared/model/value.ts";
import { type DesiredRecord, EMPTY_RECORD, type ReportedRecord, type StatusRecord } from "./statusRecord.ts";
import { summaryOf } from "./statusSummary.ts";

type Metadata = Readonly<Record<string, string>>;

/** What DeviceStatus keeps for us beside what it shows: `status.extensions.edgeloom`. */
const memory = z.object({
  store: z.string().default(""),
  rev: z.int().min(0).default(0),
  node: z.string().default(""),
  desired: z
    .record(
      z.string(),
      z.object({
        version: z.int().min(0),
        digest: z.string(),
        requestedAt: z.number().default(0),
        ttlMs: z.number().optional(),
      }),
    )
    .default({}),
  state: z
    .object({
      state: z.enum(DEVICE_STATES),
      reason: z.string(),
      message: z.string(),
      since: z.number(),
      lastOnline: z.number().optional(),
    })
    .optional(),
  acceptance: z.object({ accepted: z.boolean(), reason: z.string(), message: z.string() }).optional(),
  /** Sentences on desired changes, by property. */
  messages: z.record(z.string(), z.string()).default({}),
  /** While an edge is away: why, and the qualities that its values had, where they were not good. */
  lost: z
    .object({
      reason: z.string(),
      qualities: z.record(z.string(), z.object({ quality: z.enum(QUALITIES), reason: z.string() })),
    })
    .optional(),
});

type Memory = z.infer<typeof memory>;

const DIVERGED = "Diverged";

/** The record as DeviceStatus.status has it. While it is lost, state and qualities say so; values and versions stay. */
export function statusOf(record: StatusRecord): DeviceStatusStatus {
  const { lost } = record;
  const shown = lost === "" ? record : { ...record, reported: staleOf(record.reported, lost) };
  const known = new Set([...Object.keys(record.reported), ...Object.keys(record.desired)]);
  const names = [...new Set([...record.properties, ...known])].filter((name) => known.has(name));
  const lastOnline = record.state?.lastOnline;
  return {
    state: lost === "" ? (record.state?.state ?? "unknown") : "unknown",
    ...(lastOnline === undefined ? {} : { lastOnlineTime: isoSeconds(lastOnline) }),
    summary: summaryOf(shown.reported),
    twins: names.map((name) => twinOf(name, shown.reported[name], record.desired[name])),
    extensions: { edgeloom: JSON.parse(JSON.stringify(memoryOf(record))) },
  };
}

/** The record that a DeviceStatus holds. What somebody has spoilt by hand reads as if it were not there. */
export function recordOf(status: DeviceStatusStatus): StatusRecord {
  const { twins = [], extensions } = status;
  const parsed = memory.safeParse(extensions?.["edgeloom"] ?? {});
  const kept: Memory = parsed.success ? parsed.data : memory.parse({});
  const reported = twins.flatMap((twin) => reportedEntry(twin, kept));
  const desired = twins.flatMap((twin) => desiredEntry(twin, kept));
  const shownVersions = desired.map(([name, { order, requestedAt }]) => [
    name,
    { version: order.spec, digest: "", requestedAt },
  ]);
  return {
    ...EMPTY_RECORD,
    reported: Object.fromEntries(reported),
    desired: Object.fromEntries(desired),
    // Numbers are never given twice, so what is shown counts even where the memory is gone.
    numbered: { ...Object.fromEntries(shownVersions), ...kept.desired },
    state: kept.state,
    acceptance: kept.acceptance,
    store: kept.store,
    rev: kept.rev,
    node: kept.node,
    lost: kept.lost?.reason ?? "",
  };
}

function memoryOf({ store, rev, node, numbered, state, acceptance, desired, reported, lost }: StatusRecord): Memory {
  const messages = Object.entries(desired).flatMap(([name, { message }]) => (message === "" ? [] : [[name, message]]));
  const qualities = Object.entries(reported).flatMap(([name, { quality, reason }]) =>
    quality === "good" ? [] : [[name, { quality, reason }]],
  );
  return {
    store,
    rev,
    node,
    desired: { ...numbered },
    ...(state === undefined ? {} : { state }),
    ...(acceptance === undefined ? {} : { acceptance }),
    messages: Object.fromEntries(messages),
    ...(lost === "" ? {} : { lost: { reason: lost, qualities: Object.fromEntries(qualities) } }),
  };
}

function staleOf(
  reported: Readonly<Record<string, ReportedRecord>>,
  reason: string,
): Readonly<Record<string, ReportedRecord>> {
  return Object.fromEntries(
    Object.entries(reported).map(([name, each]) => [name, { ...each, quality: "stale" as const, reason }]),
  );
}

function twinOf(
  name: string,
  reported: ReportedRecord | undefined,
  desired: DesiredRecord | undefined,
): DeviceStatusTwin {
  return {
    propertyName: name,
    ...(reported === undefined
      ? {}
      : { reported: { value: reported.value ?? "", metadata: reportedMetadata(reported) } }),
    ...(desired === undefined ? {} : { observedDesired: { value: desired.value, metadata: desiredMetadata(desired) } }),
  };
}

function reportedMetadata({ at, type, version, quality, reason, sourceTimestamp, unit }: ReportedRecord): Metadata {
  return withoutEmpty({
    timestamp: String(at),
    type,
    version: String(version),
    quality,
    reason,
    sourceTimestamp: sourceTimestamp === undefined ? "" : String(sourceTimestamp),
    unit: unit ?? "",
  });
}

function desiredMetadata({ order, state, reason, requestedAt, origin, diverged }: DesiredRecord): Metadata {
  return withoutEmpty({
    version: orderText(order),
    state,
    reason: diverged ? DIVERGED : reason,
    requestedAt: String(requestedAt),
    origin,
  });
}

const withoutEmpty = (texts: Metadata): Metadata =>
  Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== ""));

function reportedEntry(
  { propertyName = "", reported }: DeviceStatusTwin,
  { lost }: Memory,
): [string, ReportedRecord][] {
  const { metadata, value } = reported ?? {};
  const type = PROPERTY_TYPES.find((known) => known === metadata?.["type"]);
  const quality = QUALITIES.find((known) => known === metadata?.["quality"]);
  if (metadata === undefined || type === undefined || quality === undefined) return [];
  const source = metadata["sourceTimestamp"];
  const beneath = lost === undefined ? undefined : (lost.qualities[propertyName] ?? { quality: "good", reason: "" });
  const shown = { quality, reason: metadata["reason"] ?? "" };
  const { quality: own } = beneath ?? shown;
  // An empty text is a value only of a STRING or BYTES, and no value where one was never read.
  const isNone = value === undefined || (value === "" && (own !== "good" || (type !== "STRING" && type !== "BYTES")));
  const record: ReportedRecord = {
    ...(isNone ? {} : { value }),
    type,
    ...shown,
    at: numberIn(metadata["timestamp"]),
    version: numberIn(metadata["version"]),
    ...(source === undefined ? {} : { sourceTimestamp: numberIn(source) }),
    ...(metadata["unit"] === undefined ? {} : { unit: metadata["unit"] }),
    ...beneath,
  };
  return [[propertyName, record]];
}

function desiredEntry(
  { propertyName = "", observedDesired }: DeviceStatusTwin,
  kept: Memory,
): [string, DesiredRecord][] {
  const { metadata, value } = observedDesired ?? {};
  const state = DESIRED_STATES.find((known) => known === metadata?.["state"]);
  if (metadata === undefined || value === undefined || state === undefined) return [];
  const [spec, local] = (metadata["version"] ?? "").split(".");
  const reason = metadata["reason"] ?? "";
  const diverged = reason === DIVERGED;
  const record: DesiredRecord = {
    value,
    order: { spec: numberIn(spec), local: numberIn(local) },
    origin: metadata["origin"] === "mqtt" ? "mqtt" : "spec",
    requestedAt: numberIn(metadata["requestedAt"]),
    state,
    reason: diverged ? "" : reason,
    message: kept.messages[propertyName] ?? "",
    diverged,
  };
  return [[propertyName, record]];
}

function numberIn(text: string | undefined): number {
  const number = Number(text ?? 0);
  return Number.isSafeInteger(number) && number >= 0 ? number : 0;
}
