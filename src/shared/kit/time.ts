/** Everything that stamps or waits takes a Clock, so that tests turn the time and one process can play many edges. */
export interface Clock {
  /** Epoch milliseconds of the wall clock; may jump. */
  now(): number;
  /** Milliseconds that never go back; only differences mean anything. */
  monotonic(): number;
  /** Waits, or rejects with the signal's reason. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** The machine's own time. */
export const systemClock: Clock = { now: Date.now, monotonic: () => performance.now(), sleep };

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal.addEventListener("abort", onAbort, { once: true });
  });
}

/** Sleeps; true if the time is over, false if the signal aborted before. */
export async function slept(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(ms, signal);
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
  readonly random: () => number;
}

/** Doubling delays without end, each cut by up to half so that a fleet does not retry in step. */
export function* backoff({ firstMs, maxMs, random }: BackoffOptions): Generator<number, never> {
  for (let delay = firstMs; ; delay = Math.min(delay * 2, maxMs)) {
    yield delay * (1 - random() / 2);
  }
}

/**
 * The promise's result, or what `onLate` makes if it takes longer than `ms`.
 * The work itself goes on; who needs it ended passes it a signal.
 */
export async function within<T>(ms: number, work: Promise<T>, onLate: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(onLate()), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** ISO 8601 in UTC with milliseconds, as all our payloads carry it. */
export const isoTime = (epochMs: number): string => new Date(epochMs).toISOString();

/** The same in whole seconds, as Kubernetes' metav1.Time has it. */
export const isoSeconds = (epochMs: number): string => isoTime(epochMs).replace(/\.\d+Z$/, "Z");
