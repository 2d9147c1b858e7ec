import { readFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";

/** One measured quantity over several runs. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  /** One number per run. */
  readonly runs: readonly number[];
  /** What the project promises, for the reader: "≤ 10". Never judged here. */
  readonly goal?: string;
  /** How it was taken, in a few words. */
  readonly note?: string;
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
  readonly load: string;
}

/** What the figures were taken on; without it they mean nothing. */
export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    load: readFileSync("/proc/loadavg", "utf8").split(" ").slice(0, 3).join(" "),
  };
}

/** The value below which a share `q` (0–1) of the samples lies; nearest rank. */
export function quantile(samples: readonly number[], q: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}

export const median = (samples: readonly number[]): number => quantile(samples, 0.5);

/** The report: a table for people, or JSON with every run for programs. */
export function report(title: string, figures: readonly Figure[], { json }: { readonly json: boolean }): string {
  const on = machine();
  if (json) return JSON.stringify({ title, at: new Date().toISOString(), machine: on, figures }, null, 2);
  const rows = figures.map(({ name, unit, runs, goal = "", note = "" }) => [
    name,
    show(median(runs)),
    `${show(Math.min(...runs))}–${show(Math.max(...runs))}`,
    unit,
    goal,
    note,
  ]);
  const table = [["figure", "median", "spread", "unit", "goal", "how"], ...rows];
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => (row[column] ?? "").length)));
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const { cpu, cores, memoryGiB, kernel, node, load } = on;
  return [
    title,
    `${cpu}, ${cores} cores, ${memoryGiB} GiB, Linux ${kernel}, Node ${node}, load ${load}`,
    "",
    ...lines,
  ].join("\n");
}

function show(value: number): string {
  if (!Number.isFinite(value)) return "-";
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** CPU time (ms, user and system) and resident memory (MiB) of a process, from /proc. */
export function usage(pid: number): { readonly cpuMs: number; readonly rssMiB: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]); // proc(5): utime, stime, in 1/100 s on Linux
  const rss = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1];
  return { cpuMs: ticks * 10, rssMiB: Number(rss) / 1024 };
}
