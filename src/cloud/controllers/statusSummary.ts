import type { ReportedRecord } from "./statusRecord.ts";

/** Wide enough for a handful of values, narrow enough for a column of kubectl. */
const MAX_LENGTH = 120;
const MAX_VALUE = 24;

/** `temperature=21.5 Cel speed=1480 rpm`: the values in one line; one that is not good says what it is instead. */
export function summaryOf(reported: Readonly<Record<string, ReportedRecord>>): string {
  let summary = "";
  for (const [name, record] of Object.entries(reported)) {
    const next = `${summary}${summary === "" ? "" : " "}${name}=${textOf(record)}`;
    if (next.length > MAX_LENGTH) return summary === "" ? `${next.slice(0, MAX_LENGTH - 1)}…` : `${summary} …`;
    summary = next;
  }
  return summary;
}

function textOf({ value, unit, quality }: ReportedRecord): string {
  if (value === undefined) return `(${quality})`;
  const line = value.replaceAll(/\s+/g, " ");
  const short = line.length > MAX_VALUE ? `${line.slice(0, MAX_VALUE)}…` : line;
  return `${short}${unit ? ` ${unit}` : ""}${quality === "good" ? "" : ` (${quality})`}`;
}
