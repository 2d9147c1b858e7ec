import { z } from "zod";
import { DEVICE_STATES, type DeviceKey, type DeviceSpec } from "../model/device.ts";
import { DESIRED_STATES, QUALITIES } from "../model/twin.ts";
import { PROPERTY_TYPES } from "../model/value.ts";
import { compileCheck } from "./check.ts";

/**
 * What travels between CloudHub and EdgeHub: one JSON text frame each, over WebSocket with mutual TLS. Frames carry
 * state, not changes, so lost, repeated or reordered ones do no harm. The node's name is never in a frame: the hub
 * takes it from the certificate.
 *
 * The conversation. Edge: `edge.hello` with what it holds. Hub: `hub.hello`, then `assign` for each device whose
 * digest differs, `unassign` for what is no longer the node's, `synced` when the edge has all. Then either side sends
 * as things change; `status` is acknowledged by `statusAck` once the API server has it, `assign` by `assignAck` once
 * it is on the edge's disk.
 */
export const SYNC_PROTOCOL = 1;
/** Longer frames are refused (1 MiB); senders split into several frames. */
export const MAX_FRAME_BYTES = 1_048_576;

/** Of a device. */
export const key = z.string().regex(/^[^/]+\/[^/]+$/) as unknown as z.ZodType<DeviceKey>;
const rev = z.int().min(0);
const epochMs = z.number().min(0);
/** Of a desired change. */
export const order = z.strictObject({ spec: z.int().min(0), local: z.int().min(0) });
const json = z.record(z.string(), z.json());

const deviceProperty = z.strictObject({
  name: z.string().min(1),
  type: z.enum(PROPERTY_TYPES),
  accessMode: z.enum(["ReadWrite", "ReadOnly"]),
  minimum: z.string().optional(),
  maximum: z.string().optional(),
  unit: z.string().optional(),
  visitor: z.strictObject({ protocol: z.string(), config: json }).optional(),
  collectCycleMs: z.number().positive(),
  reportCycleMs: z.number().min(0),
  reportToCloud: z.boolean(),
});

export const deviceSpec = z.strictObject({
  key,
  uid: z.string().min(1),
  protocol: z.strictObject({ name: z.string(), config: json }),
  properties: z.array(deviceProperty),
  methods: z.array(z.strictObject({ name: z.string(), propertyNames: z.array(z.string()) })),
  paused: z.boolean(),
  reportState: z.boolean(),
}) satisfies z.ZodType<DeviceSpec>;

/** A desired change of the spec. `ttlLeftMs`: what was left of its time to live when the frame was sent. */
const desiredChange = z.strictObject({
  property: z.string(),
  value: z.string(),
  spec: z.int().min(1),
  requestedAt: epochMs,
  ttlLeftMs: z.number().optional(),
  /** Where the change already stands in the cloud's books: an end state is not written again by an edge with an empty store. */
  state: z.enum(DESIRED_STATES),
  reason: z.string(),
});

/** Everything one edge must know of one device. `digest` covers `spec` and the desired changes' numbers and values. */
const assignment = z.strictObject({
  spec: deviceSpec,
  digest: z.string(),
  desired: z.array(desiredChange),
  /** Per property the last version the cloud has seen, for an edge whose store was rebuilt. */
  versions: z.record(z.string(), z.int().min(0)),
});

const reported = z.strictObject({
  property: z.string(),
  value: z.string().optional(),
  type: z.enum(PROPERTY_TYPES),
  unit: z.string().optional(),
  quality: z.enum(QUALITIES),
  reason: z.string(),
  at: epochMs,
  sourceTimestamp: epochMs.optional(),
  version: z.int().min(0),
});

const desiredProgress = z.strictObject({
  property: z.string(),
  value: z.string(),
  order,
  origin: z.enum(["spec", "mqtt"]),
  requestedAt: epochMs,
  state: z.enum(DESIRED_STATES),
  reason: z.string(),
  message: z.string(),
  /** true: at an end, and the device differs from it now. */
  diverged: z.boolean(),
});

/**
 * One device's news since `since` (a rev of the same store that the hub acknowledged; 0 = all of it). `rev` is the
 * device's own counter in the edge's store; the hub acknowledges it once it is in DeviceStatus. A report too long for
 * one frame comes in parts, of which all but the last say `rev: since`. The hub acknowledges a lower rev than it was
 * sent if it holds no more than that.
 */
const deviceStatus = z.strictObject({
  key,
  uid: z.string(),
  since: rev,
  rev,
  state: z
    .strictObject({
      state: z.enum(DEVICE_STATES),
      reason: z.string(),
      message: z.string(),
      since: epochMs,
      lastOnline: epochMs.optional(),
    })
    .optional(),
  acceptance: z.strictObject({ accepted: z.boolean(), reason: z.string(), message: z.string() }).optional(),
  reported: z.array(reported),
  desired: z.array(desiredProgress),
});

const edgeFrame = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("edge.hello"),
    protocol: z.literal(SYNC_PROTOCOL),
    version: z.string(),
    /** Made with the edge's store; another one means that the store was rebuilt. */
    store: z.string().min(1),
    site: z.string().optional(),
    /** What the edge holds: the digest of each assignment, and the device's rev. */
    devices: z.array(z.strictObject({ key, uid: z.string(), digest: z.string(), rev })),
  }),
  z.strictObject({ kind: z.literal("status"), devices: z.array(deviceStatus).min(1) }),
  z.strictObject({
    kind: z.literal("assignAck"),
    devices: z.array(z.strictObject({ key, uid: z.string(), digest: z.string() })),
  }),
]);

const hubFrame = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("hub.hello"),
    protocol: z.literal(SYNC_PROTOCOL),
    version: z.string(),
    /** The cap of the reconnect backoff from now on: max(4 s, edges ÷ 250 per s). */
    reconnectCapMs: z.number().positive(),
    /** Epoch ms at the hub, for logs that show a wrong clock. */
    now: epochMs,
    /** Per device of this store the rev that DeviceStatus holds; what is missing is 0. */
    held: z.array(z.strictObject({ key, uid: z.string(), rev })),
  }),
  z.strictObject({ kind: z.literal("assign"), devices: z.array(assignment).min(1) }),
  z.strictObject({ kind: z.literal("unassign"), devices: z.array(z.strictObject({ key, uid: z.string() })).min(1) }),
  z.strictObject({ kind: z.literal("synced") }),
  z.strictObject({
    kind: z.literal("statusAck"),
    devices: z.array(z.strictObject({ key, uid: z.string(), rev })).min(1),
  }),
]);

export type EdgeFrame = z.infer<typeof edgeFrame>;
export type HubFrame = z.infer<typeof hubFrame>;
export type Assignment = z.infer<typeof assignment>;
export type DesiredChange = z.infer<typeof desiredChange>;
export type DeviceStatusReport = z.infer<typeof deviceStatus>;
export type ReportedProperty = z.infer<typeof reported>;
export type DesiredProgress = z.infer<typeof desiredProgress>;

export const checkEdgeFrame = compileCheck(edgeFrame, "frame from the edge", MAX_FRAME_BYTES);
export const checkHubFrame = compileCheck(hubFrame, "frame from the hub", MAX_FRAME_BYTES);
