import type { Logger } from "./logger.ts";
import { aborted, within } from "./time.ts";

/** A part of a process with a beginning and an end of its own. */
export interface Service {
  readonly name: string;
  /** Resolves once the service does its job. `signal` bounds the start alone; what runs on ends with `stop`. */
  start(signal: AbortSignal): Promise<void>;
  /** Resolves once everything the service owns is released. Also called after a failed start. */
  stop(): Promise<void>;
}

export interface RunOptions {
  /** Aborts when the process should end: without a reason for a wish, with a Fault for a failure. */
  readonly signal: AbortSignal;
  readonly stopTimeoutMs: number;
  readonly log: Logger;
}

/** Starts in order, waits for the signal, stops in reverse order. Every stop runs, whatever the others did. */
export async function runServices(
  services: readonly Service[],
  { signal, stopTimeoutMs, log }: RunOptions,
): Promise<void> {
  const begun: Service[] = [];
  const errors: unknown[] = [];
  try {
    for (const service of services) {
      signal.throwIfAborted();
      begun.push(service);
      await service.start(signal);
      log.info("started", { service: service.name });
    }
    await aborted(signal);
    signal.throwIfAborted();
  } catch (error) {
    if (!isWish(error)) errors.push(error);
  }
  for (const service of begun.reverse()) {
    try {
      await within(
        stopTimeoutMs,
        service.stop(),
        () => new Error(`${service.name} not stopped within ${stopTimeoutMs} ms`),
      );
      log.info("stopped", { service: service.name });
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new AggregateError(errors, "several services failed");
}

function isWish(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
