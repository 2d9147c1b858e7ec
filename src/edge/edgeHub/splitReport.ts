import type { DeviceStatusReport } from "../../shared/wire/syncFrames.ts";

/**
 * Cuts a report that is too long for one frame. All parts but the last say `rev: since`, so that their acknowledgement
 * promises nothing, and are sent one after another. A value that no frame can carry goes without: `bad`, `TooLarge`.
 */
export function splitReport(report: DeviceStatusReport, maxBytes: number): DeviceStatusReport[] {
  const empty = { ...report, rev: report.since, reported: [], desired: [] };
  const { state: _state, acceptance: _acceptance, ...bare } = empty;
  const parts: DeviceStatusReport[] = [];
  let part: DeviceStatusReport = empty;
  let left = maxBytes - lengthOf(part);
  const turnOver = (length: number) => {
    if (length <= left) return;
    parts.push(part);
    part = bare;
    left = maxBytes - lengthOf(part);
  };
  for (const whole of report.reported) {
    const fits = lengthOf(whole) <= maxBytes - lengthOf(empty);
    const reported = fits ? whole : { ...whole, value: undefined, quality: "bad" as const, reason: "TooLarge" };
    turnOver(lengthOf(reported));
    part = { ...part, reported: [...part.reported, reported] };
    left -= lengthOf(reported);
  }
  for (const desired of report.desired) {
    turnOver(lengthOf(desired));
    part = { ...part, desired: [...part.desired, desired] };
    left -= lengthOf(desired);
  }
  return [...parts, { ...part, rev: report.rev }];
}

/** With the comma that follows it. */
const lengthOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value)) + 1;
