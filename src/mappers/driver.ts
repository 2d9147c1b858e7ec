import type { Schema } from "../shared/kit/config.ts";
import type { Fault } from "../shared/kit/fault.ts";
import type { Logger } from "../shared/kit/logger.ts";
import type { JsonObject } from "../shared/model/device.ts";
import type { Value } from "../shared/model/value.ts";

/**
 * One protocol. Stateless: everything that lives is in the Session it opens. `Device` says how one device is reached,
 * `Point` where one value lives in it. The runtime owns the rest: which devices share a line, one call at a time,
 * periods, retries, backoff, states, messages.
 *
 * Faults tell the runtime what to do by their kind: `link` = the line or the device is away, `device` = it answered
 * and said no, `data` = the value does not fit. `details.reason` is the CamelCase word that people see.
 */
export interface Driver<Device = unknown, Point = unknown> {
  readonly name: string;
  /** Reads `protocol.configData`, tolerantly. */
  readonly device: Schema<Device>;
  /** Reads `visitors.configData` of a property, tolerantly. */
  readonly point: Schema<Point>;
  /** Keys of a configuration that nobody reads; they are kept, and named to the user. */
  unknownKeys?(part: "device" | "point", config: JsonObject): readonly string[];
  /** Whether the configuration is meant for this driver at all; false: an external mapper serves the device. */
  serves?(config: JsonObject): boolean;
  /** Why a well-formed device cannot be served by this build, in a sentence. */
  unsupported?(device: Device): string | undefined;
  /** Devices on equal lines (a serial port, a TCP host) share one session. */
  line(device: Device): string;
  /** What devices of one line must agree on (baud rate, parity); the first one sets it. */
  lineSettings?(device: Device): Readonly<Record<string, string | number | boolean>>;
  /**
   * The value that the device will show once it has taken this one: it has the point's own resolution. Throws
   * `data.outOfRange` or `data.wrongType` where the point cannot hold it, `device.refused` (ReadOnly) where it takes none.
   */
  nearest(point: Point, value: Value): Value;
  /** Opens the line or throws a `link` Fault, within the device's own timeout. */
  open(device: Device, context: DriverContext): Promise<Session<Device, Point>>;
}

/** One open line. Calls never overlap, so a session needs no lock, and every call ends by itself. */
export interface Session<Device, Point> {
  /** false: of no further use. A `link` Fault from a session that is still open concerns the device alone. */
  readonly isOpen: boolean;
  /** One sample per point, in order; a point the device refuses is a Fault in its place. Throws `link` Faults. */
  read(device: Device, points: readonly Point[], signal: AbortSignal): Promise<readonly Sample[]>;
  /** Resolves when the device has said that it took the value. Throws `link`, `device` and `data` Faults. */
  write(device: Device, point: Point, value: Value, signal: AbortSignal): Promise<void>;
  /** Safe to call twice; ends calls that are under way. */
  close(): Promise<void>;
}

/** What came of reading one point: a value, or why there is none. */
export type Sample = Reading | Fault;

export interface Reading {
  readonly value: Value;
  readonly quality?: "good" | "uncertain" | "bad";
  readonly reason?: string;
  /** Epoch ms, where the device or server says when. */
  readonly sourceTimestamp?: number;
}

export interface DriverContext {
  readonly log: Logger;
  readonly signal: AbortSignal;
}
