import { z } from "zod";
import { DEVICE_STATES } from "../model/device.ts";
import { QUALITIES } from "../model/twin.ts";
import { compileCheck } from "./check.ts";
import { deviceSpec, key, order } from "./syncFrames.ts";

/**
 * What the edge and a mapper host (one protocol each, a child process or inline) say to each other. Plain JSON values,
 * each checked where it arrives. Messages carry whole states: after a restart of either side the edge sends all
 * devices and all open changes again, and nothing needs to be remembered by the mapper.
 */
const toMapper = z.discriminatedUnion("kind", [
  /** These devices, as they are now; one that is known is replaced, and keeps its line if that did not change. */
  z.strictObject({ kind: z.literal("devices"), devices: z.array(deviceSpec) }),
  z.strictObject({ kind: z.literal("forget"), keys: z.array(key) }),
  /**
   * Bring a property to a value. The newest order per property is the only one that counts. `verifyOnly`: it was
   * written before a restart; read back and judge, do not write again. `timeLeftMs`: write it no later than that.
   */
  z.strictObject({
    kind: z.literal("write"),
    key,
    uid: z.string(),
    property: z.string(),
    order,
    value: z.string(),
    timeLeftMs: z.number().optional(),
    verifyOnly: z.boolean(),
  }),
]);

const reading = z.strictObject({
  property: z.string(),
  /** The text of the value (model/value.ts); null: the device says that it has none (NaN); absent: it could not be read, the last one stays. */
  value: z.string().nullable().optional(),
  quality: z.enum(QUALITIES),
  /** CamelCase; "" when good. */
  reason: z.string(),
  sourceTimestamp: z.number().optional(),
});

const fromMapper = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("ready"), protocol: z.string() }),
  z.strictObject({
    kind: z.literal("acceptance"),
    key,
    uid: z.string(),
    accepted: z.boolean(),
    reason: z.string(),
    message: z.string(),
  }),
  /** What one read of a device brought; `at` is epoch ms when it was read. */
  z.strictObject({ kind: z.literal("reported"), key, uid: z.string(), at: z.number(), readings: z.array(reading) }),
  z.strictObject({
    kind: z.literal("state"),
    key,
    uid: z.string(),
    state: z.enum(DEVICE_STATES),
    reason: z.string(),
    message: z.string(),
    at: z.number(),
  }),
  /** How far a write came. `written` is said before the read-back begins, so that a restart verifies and does not repeat. */
  z.strictObject({
    kind: z.literal("progress"),
    key,
    uid: z.string(),
    property: z.string(),
    order,
    state: z.enum(["written", "verified", "mismatch", "rejected", "expired"]),
    reason: z.string(),
    message: z.string(),
  }),
  /** Counters since the start of the mapper, per line, every few seconds; the edge shows them as metrics. */
  z.strictObject({
    kind: z.literal("stats"),
    lines: z.array(
      z.strictObject({
        line: z.string(),
        open: z.boolean(),
        devices: z.int(),
        requests: z.int(),
        failures: z.int(),
        cycles: z.int(),
        missedCycles: z.int(),
        /** Share of the time that the line was in use since the last message, 0–1. */
        utilisation: z.number(),
      }),
    ),
  }),
]);

export type ToMapper = z.infer<typeof toMapper>;
export type FromMapper = z.infer<typeof fromMapper>;
export type Reading = z.infer<typeof reading>;

export const checkToMapper = compileCheck(toMapper, "message to the mapper");
export const checkFromMapper = compileCheck(fromMapper, "message from the mapper");
