import { z } from "zod";
import type { ObjectMeta } from "./metadata.ts";
import { type DeepReadonly, openObject } from "./schema.ts";

const twinValue = (description: string, notes: string) =>
  z
    .object({
      value: z.string().describe("The value, as text; empty where there is none."),
      metadata: z.record(z.string(), z.string()).optional().describe(notes),
    })
    .optional()
    .describe(description);

const twin = z
  .object({
    propertyName: z.string().optional().describe("Name of the property."),
    reported: twinValue(
      "What the device last said.",
      "timestamp (when, epoch ms), type, version (rises with every change), quality (good, uncertain, bad or stale), reason (where not good), sourceTimestamp (the device's own, epoch ms), unit.",
    ),
    observedDesired: twinValue(
      "The last desired change and how far it got.",
      "version, state (requested, sent, written, verified, mismatch, rejected, expired or superseded), reason, requestedAt (epoch ms), origin (spec or mqtt).",
    ),
  })
  .describe("One property: what it is and what it shall be.");

const status = z
  .looseObject({
    twins: z.array(twin).optional().describe("The properties."),
    state: z
      .string()
      .optional()
      .describe(
        "online, offline, unhealthy (its mapper has failed) or unknown (nobody has looked, or its edge is away).",
      ),
    lastOnlineTime: z
      .string()
      .optional()
      .describe("When the device came online; of one that is not online, when it last answered (RFC 3339, UTC)."),
    summary: z.string().optional().describe("The values in one line, for people."),
    extensions: openObject("Notes of programs; edgeloom keeps its numbering here.").optional(),
  })
  .describe("What the device last said.");

/** What the CRD and the types of DeviceStatus are made of. */
export const deviceStatusSchema = z
  .object({ spec: openObject("Empty.").optional(), status: status.optional() })
  .describe(
    "DeviceStatus holds the values of the Device of the same name, written by the cloud. Values never change the Device itself.",
  );

export type DeviceStatusStatus = DeepReadonly<z.infer<typeof status>>;
/** One entry of `status.twins`. */
export type DeviceStatusTwin = DeepReadonly<z.infer<typeof twin>>;

/** devices.kubeedge.io/v1beta1 DeviceStatus, as the API gives it. */
export interface DeviceStatusResource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec?: Readonly<Record<string, never>>;
  readonly status?: DeviceStatusStatus;
}
