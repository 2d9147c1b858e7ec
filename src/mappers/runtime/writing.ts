import { isFault } from "../../shared/kit/fault.ts";
import type { Session } from "../driver.ts";
import { readingOf } from "./readings.ts";
import { reasonOf } from "./reasons.ts";
import type { ServedDevice } from "./servedDevice.ts";
import type { PendingWrite } from "./writeBook.ts";

/** Devices take a moment until they show what they took: looked at again after these waits, then it is a mismatch. */
const LOOK_AGAIN_MS = [100, 200, 400];
/** A device that says it is busy is asked again as often as this. */
const BUSY_MS = 200;
const BUSY_TRIES = 10;

export interface WriteStep {
  readonly session: Session<unknown, unknown>;
  readonly device: ServedDevice;
  readonly write: PendingWrite;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/**
 * Takes a write as far as it goes now: writes it, if the device has not taken it yet, and reads it back. Throws `link`
 * Faults; the write then waits where it is, and goes on from there.
 */
export async function stepWrite(step: WriteStep): Promise<void> {
  if (!step.write.written && !(await hasTaken(step))) return;
  await readBack(step);
}

async function hasTaken({ session, device, write, now, signal }: WriteStep): Promise<boolean> {
  const { target } = write;
  if (target === undefined) return false;
  device.writes.expire(now()); // opening the line may have taken a while
  if (!device.writes.isOpen(write)) return false;
  write.tried = true;
  try {
    await session.write(device.place, target.served.point, target.value, signal);
  } catch (error) {
    if (!isFault(error, "device") && !isFault(error, "data")) throw error;
    device.answered();
    write.attempts += 1;
    const isBusy = error.details["busy"] === true && write.attempts < BUSY_TRIES;
    if (isBusy) write.notBefore = now() + BUSY_MS;
    else device.writes.end(write, { state: "rejected", reason: reasonOf(error), message: error.message });
    return false;
  }
  device.answered();
  device.writes.markWritten(write);
  return true;
}

async function readBack({ session, device, write, now, signal }: WriteStep): Promise<void> {
  const { target } = write;
  if (target === undefined) return;
  const { property, point } = target.served;
  const [sample] = await session.read(device.place, [point], signal);
  device.answered();
  if (sample === undefined) return;
  const reading = readingOf(sample, property);
  device.report([reading]);
  const shown = reading.value;
  if (shown !== undefined && shown !== null && shown === target.expected) {
    device.writes.end(write, { state: "verified", reason: "", message: "" });
    return;
  }
  const wait = LOOK_AGAIN_MS[write.attempts];
  if (wait !== undefined) {
    write.attempts += 1;
    write.notBefore = now() + wait;
    return;
  }
  if (isFault(sample)) {
    const message = `taken, but it cannot be read back: ${sample.message}`;
    device.writes.end(write, { state: "mismatch", reason: reasonOf(sample), message });
  } else {
    const message = `the device took ${target.expected} and shows ${shown ?? "no value"}`;
    device.writes.end(write, { state: "mismatch", reason: "Mismatch", message });
  }
}
