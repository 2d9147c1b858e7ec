import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { uptime } from "node:os";

/** Time that goes on while the edge is restarted, and that no correction of the wall clock moves. */
export interface BootTime {
  /** Another one after each boot of the machine: times of different boots cannot be compared. */
  readonly id: string;
  /** Milliseconds since the boot, suspended ones included. */
  upMs(): number;
}

/** The machine's. Where the boot cannot be told apart (not Linux), every start of the edge counts as one. */
export function readBootTime(): BootTime {
  return { id: bootId(), upMs: () => uptime() * 1000 };
}

function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
  } catch {
    return randomUUID();
  }
}
