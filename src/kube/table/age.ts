/** Ages as kubectl shows them: two units at most (k8s.io/apimachinery/pkg/util/duration, HumanDuration). */
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** The text for a duration, such as `5s`, `2m3s`, `3h`, `6y325d`. */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < -1) {
    return "<invalid>";
  }
  if (seconds < 0) {
    return "0s";
  }
  if (seconds < 2 * MINUTE) {
    return `${seconds}s`;
  }
  if (seconds < 3 * HOUR) {
    return seconds < 10 * MINUTE ? twoUnits(seconds, [MINUTE, "m"], [1, "s"]) : `${Math.trunc(seconds / MINUTE)}m`;
  }
  return longDuration(seconds);
}

function longDuration(seconds: number): string {
  if (seconds < 8 * HOUR) {
    return twoUnits(seconds, [HOUR, "h"], [MINUTE, "m"]);
  }
  if (seconds < 2 * DAY) {
    return `${Math.trunc(seconds / HOUR)}h`;
  }
  if (seconds < 8 * DAY) {
    return twoUnits(seconds, [DAY, "d"], [HOUR, "h"]);
  }
  if (seconds < 2 * YEAR) {
    return `${Math.trunc(seconds / DAY)}d`;
  }
  return seconds < 8 * YEAR ? twoUnits(seconds, [YEAR, "y"], [DAY, "d"]) : `${Math.trunc(seconds / YEAR)}y`;
}

type Unit = readonly [seconds: number, letter: string];

function twoUnits(seconds: number, [big, bigLetter]: Unit, [small, smallLetter]: Unit): string {
  const rest = Math.trunc((seconds % big) / small);
  return `${Math.trunc(seconds / big)}${bigLetter}${rest === 0 ? "" : `${rest}${smallLetter}`}`;
}

/** How long ago a timestamp was, or `<unknown>` when there is none. */
export function ageOf(timestamp: string | undefined, nowMs: number): string {
  const at = timestamp === undefined ? Number.NaN : Date.parse(timestamp);
  return Number.isNaN(at) ? "<unknown>" : humanDuration(nowMs - at);
}
