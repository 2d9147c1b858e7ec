import { type Fault, isFault } from "../../shared/kit/fault.ts";
import type { Logger } from "../../shared/kit/logger.ts";
import { backoff, type Clock, slept } from "../../shared/kit/time.ts";
import type { FromMapper } from "../../shared/wire/mapperMessages.ts";
import type { Driver, Session } from "../driver.ts";
import { readingOf } from "./readings.ts";
import type { ServedDevice } from "./servedDevice.ts";
import { stepWrite } from "./writing.ts";

const REOPEN = { firstMs: 500, maxMs: 10_000 };
/** A probe of a device that is away may use this share of the line at most, as long as others are there. */
const PROBE_SHARE = 0.2;
/** A driver's call that takes longer is broken: its session is closed under it. */
const STUCK_MS = 60_000;

/** Looked around at least this often; what is due earlier wakes the line. */
const IDLE_MS = 60_000;
/** Somebody who writes without end does not keep the others from being read. */
const WRITES_IN_ROW = 8;

export type LineStats = Extract<FromMapper, { kind: "stats" }>["lines"][number];

export interface LineParts {
  readonly name: string;
  readonly driver: Driver;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

interface Job {
  readonly device: ServedDevice;
  readonly kind: "write" | "poll";
}

/**
 * What some devices share on the way to them. Does one thing at a time: a write that waits before any read, else the
 * poll that is most overdue. Opens its session when there is something to do, reopens it with backoff, and tells all
 * its devices when it cannot.
 */
export class Line {
  readonly devices = new Set<ServedDevice>();
  readonly #parts: LineParts;
  readonly #stop = new AbortController();
  #waker = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #session: Session<unknown, unknown> | undefined;
  #isDown = false;
  #reopenAt = 0;
  #reopens: Generator<number, never>;
  #probesFrom = 0;
  #writesInRow = 0;
  #busySince: number | undefined;
  #busyMs = 0;
  #toldAt: number;
  #stats = { requests: 0, failures: 0, cycles: 0, missedCycles: 0 };

  constructor(parts: LineParts) {
    this.#parts = parts;
    this.#toldAt = parts.clock.monotonic();
    this.#reopens = backoff({ ...REOPEN, random: parts.random });
  }

  /** Works until `stop`; `onCrash` gets what is no Fault, and so a bug. */
  start(onCrash: (error: unknown) => void): void {
    this.#running = this.#run().catch((error: unknown) => {
      if (!this.#stop.signal.aborted) onCrash(error);
    });
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.wake();
    await this.#session?.close();
    await this.#running;
  }

  /** Something new is to be done. */
  wake(): void {
    this.#waker.abort();
  }

  /** Counters since the start, and the share of the time in use since the last call. Closes a session that hangs. */
  takeStats(): LineStats {
    const now = this.#parts.clock.monotonic();
    if (this.#busySince !== undefined && now - this.#busySince > STUCK_MS) void this.#session?.close();
    const busyMs = this.#busyMs + (this.#busySince === undefined ? 0 : now - Math.max(this.#busySince, this.#toldAt));
    const utilisation = Math.min(1, busyMs / Math.max(1, now - this.#toldAt));
    this.#busyMs = 0;
    this.#toldAt = now;
    const open = this.#session?.isOpen === true;
    return { line: this.#parts.name, open, devices: this.devices.size, ...this.#stats, utilisation };
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const now = this.#parts.clock.monotonic();
      for (const device of this.devices) device.writes.expire(now);
      const job = this.#next(now);
      if (job === undefined) await this.#idle(now);
      else await this.#do(job, now);
    }
  }

  /** The write that waits longest, else the most overdue poll; after several writes in a row, one poll goes between. */
  #next(now: number): Job | undefined {
    let write: Job | undefined;
    let writeAt = now;
    let poll: Job | undefined;
    let pollAt = now;
    for (const device of this.devices) {
      const [wantsWrite, wantsPoll] = [device.writesAt, this.#pollAt(device)];
      if (wantsWrite <= writeAt && !this.#isDown) {
        writeAt = wantsWrite;
        write = { device, kind: "write" };
      }
      if (wantsPoll <= pollAt) {
        pollAt = wantsPoll;
        poll = { device, kind: "poll" };
      }
    }
    const job = this.#writesInRow < WRITES_IN_ROW ? (write ?? poll) : (poll ?? write);
    this.#writesInRow = job?.kind === "write" ? this.#writesInRow + 1 : 0;
    return job;
  }

  /** While the line is down, its reopening is what is due, for whichever device. */
  #pollAt(device: ServedDevice): number {
    if (this.#isDown) return device.spec.paused ? Number.POSITIVE_INFINITY : this.#reopenAt;
    return device.isAway ? Math.max(device.dueAt, this.#probesFrom) : device.dueAt;
  }

  async #idle(now: number): Promise<void> {
    let until = now + IDLE_MS;
    let isUsed = false;
    for (const device of this.devices) {
      isUsed ||= !device.spec.paused;
      until = Math.min(until, this.#pollAt(device), device.writesAt);
    }
    if (!isUsed) await this.#drop();
    this.#waker = new AbortController();
    const { signal } = this.#waker;
    if (this.#stop.signal.aborted) return;
    await slept(this.#parts.clock, Math.max(1, until - now), signal);
  }

  async #do(job: Job, now: number): Promise<void> {
    this.#busySince = now;
    try {
      const session = await this.#open(job.device);
      if (session !== undefined) await this.#use(session, job, now);
    } finally {
      const end = this.#parts.clock.monotonic();
      this.#busyMs += end - Math.max(now, this.#toldAt);
      this.#busySince = undefined;
    }
  }

  async #use(session: Session<unknown, unknown>, { device, kind }: Job, begun: number): Promise<void> {
    this.#stats.requests += 1;
    const { signal } = this.#stop;
    const { monotonic } = this.#parts.clock;
    try {
      const write = kind === "write" ? device.writes.next(begun) : undefined;
      if (write !== undefined) await stepWrite({ session, device, write, now: monotonic, signal });
      else await this.#poll(session, device, begun);
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      if (!isFault(error, "link")) throw error;
      this.#stats.failures += 1;
      if (!session.isOpen) await this.#drop();
      device.failed(error);
      const spent = monotonic() - begun;
      const hasOthers = [...this.devices].some((other) => !other.isAway && !other.spec.paused);
      if (device.isAway && hasOthers) this.#probesFrom = monotonic() + spent * (1 / PROBE_SHARE - 1);
    }
  }

  async #poll(session: Session<unknown, unknown>, device: ServedDevice, begun: number): Promise<void> {
    const poll = device.takePoll(begun);
    const samples = await session.read(device.place, poll.places, this.#stop.signal);
    if (!this.devices.has(device)) return; // replaced or forgotten meanwhile
    const readings = poll.points.flatMap(({ property }, index) => {
      const sample = samples[index];
      return sample === undefined ? [] : [readingOf(sample, property)];
    });
    this.#stats.cycles += 1;
    this.#stats.missedCycles += device.polled(poll, begun, readings);
  }

  /** The session, opened if need be; undefined if that failed, which all devices have then been told. */
  async #open(device: ServedDevice): Promise<Session<unknown, unknown> | undefined> {
    if (this.#session?.isOpen === true) return this.#session;
    await this.#drop();
    const { driver, log } = this.#parts;
    try {
      this.#session = await driver.open(device.place, { log, signal: this.#stop.signal });
    } catch (error) {
      if (this.#stop.signal.aborted) return undefined;
      if (!isFault(error, "link")) throw error;
      this.#fail(error);
      return undefined;
    }
    if (this.#stop.signal.aborted) await this.#drop();
    if (this.#isDown) this.#recover();
    log.debug("line open", { line: this.#parts.name });
    return this.#session;
  }

  #fail(fault: Fault): void {
    const { log, name, clock } = this.#parts;
    this.#stats.failures += 1;
    if (!this.#isDown) log.warn("line lost", { line: name, fault: fault.message });
    this.#isDown = true;
    this.#reopenAt = clock.monotonic() + this.#reopens.next().value;
    for (const device of this.devices) {
      if (!device.spec.paused) device.away(fault);
    }
  }

  #recover(): void {
    const { log, name, random } = this.#parts;
    log.info("line back", { line: name });
    this.#isDown = false;
    this.#reopens = backoff({ ...REOPEN, random });
    for (const device of this.devices) device.hasten();
  }

  async #drop(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.close();
  }
}
