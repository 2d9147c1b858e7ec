/** Times as Go's time.Parse reads them and Kubernetes prints them: UTC, whole seconds (Time) or microseconds (MicroTime). */
export type TimeKind = "Time" | "MicroTime";

const LAYOUTS: Readonly<Record<TimeKind, string>> = {
  Time: "2006-01-02T15:04:05Z07:00",
  MicroTime: "2006-01-02T15:04:05.000000Z07:00",
};
/** Pieces of the layout in order, with what they accept. The fraction of MicroTime has exactly six digits. */
const PIECES: readonly (readonly [string, RegExp])[] = [
  ["2006", /^\d{4}/],
  ["-", /^-/],
  ["01", /^\d\d/],
  ["-", /^-/],
  ["02", /^\d\d/],
  ["T", /^T/],
  ["15", /^\d\d?/],
  [":", /^:/],
  ["04", /^\d\d/],
  [":", /^:/],
  ["05", /^\d\d/],
];
const ZONE = ["Z07:00", /^(?:Z|[+-]\d\d:\d\d)/] as const;

/** What Go says about a text that is no such time, or undefined. */
export function timeMistake(text: string, kind: TimeKind): string | undefined {
  const fraction = kind === "MicroTime" ? ([".000000", /^\.\d{6}/] as const) : (["", /^(?:\.\d+)?/] as const);
  let rest = text;
  for (const [piece, pattern] of [...PIECES, fraction, ZONE]) {
    const match = pattern.exec(rest);
    if (match === null) {
      return `${intro(text, kind)}: cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(piece)}`;
    }
    rest = rest.slice(match[0].length);
  }
  if (rest !== "") {
    return `${intro(text, kind)}: extra text: ${JSON.stringify(rest)}`;
  }
  return Number.isNaN(Date.parse(text)) ? `parsing time ${JSON.stringify(text)}: day out of range` : undefined;
}

function intro(text: string, kind: TimeKind): string {
  return `parsing time ${JSON.stringify(text)} as ${JSON.stringify(LAYOUTS[kind])}`;
}

/** The same instant in the form that Kubernetes writes. The text must have passed `timeMistake`. */
export function canonicalTime(text: string, kind: TimeKind): string {
  const seconds = new Date(Math.floor(Date.parse(text) / 1000) * 1000).toISOString().slice(0, 19);
  if (kind === "Time") {
    return `${seconds}Z`;
  }
  const fraction = /\.(\d{1,6})/.exec(text)?.[1] ?? "";
  return `${seconds}.${fraction.padEnd(6, "0")}Z`;
}
