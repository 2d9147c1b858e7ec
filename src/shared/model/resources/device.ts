import { z } from "zod";
import { deviceRules, protocolConfig, protocolRules } from "./builtInKeys.ts";
import { conditions } from "./condition.ts";
import type { ObjectMeta } from "./metadata.ts";
import { pushMethod } from "./pushMethod.ts";
import { type DeepReadonly, listMapBy, openObject, rules } from "./schema.ts";
import { visitors } from "./visitors.ts";

const cycle = (description: string) => z.int().min(0).optional().meta({ description, format: "int64" });

const desired = z
  .object({
    value: z.string().describe('The value, as text ("21.5", "true"). Empty: nothing is desired.'),
    metadata: z
      .record(z.string(), z.string().max(1024))
      .optional()
      .meta({
        description:
          "Notes on the value. ttlMs: milliseconds after which the value must no longer be written, counted from when the cloud first saw the change.",
        maxProperties: 64,
        ...rules({
          rule: "!('ttlMs' in self) || self['ttlMs'].matches('^[0-9]{1,15}$')",
          message: 'ttlMs must be milliseconds as text, such as "5000"',
        }),
      }),
  })
  .optional()
  .describe("What the property shall be. Written to the device once per change; DeviceStatus shows how far it got.");

const deviceProperty = z
  .object({
    name: z.string().min(1).max(253).describe("Name of a property of the model."),
    desired,
    visitors: visitors("How the property is reached on this device; its keys win over the model's."),
    collectCycle: cycle(
      "How often the property is read, in milliseconds. 0 or none: 1000. Above 86400000 (a day) it is taken as nanoseconds, as older KubeEdge manifests write it.",
    ),
    reportCycle: cycle(
      "Least time between two reports of the property to the cloud, in milliseconds; the newest value wins. 0 or none: 1000.",
    ),
    reportToCloud: z
      .boolean()
      .optional()
      .describe("Whether the value goes to the cloud (the default); false keeps it at the edge."),
    pushMethod,
  })
  .describe("What this device adds to one property of its model.");

const method = z
  .object({
    name: z.string().optional().describe("Name of the method."),
    description: z.string().optional().describe("What the method does, for people."),
    propertyNames: z.array(z.string()).optional().describe("Properties that the method writes."),
  })
  .describe("A named operation of the device.");

const spec = z
  .object({
    deviceModelRef: z
      .object({
        name: z
          .string()
          .max(253)
          .meta({
            description: "Name of the DeviceModel, in the Device's namespace.",
            ...rules({
              rule: "self != ''",
              message: "name the DeviceModel whose properties the device has (kubectl get devicemodels lists them)",
            }),
          }),
      })
      .describe("The model that the device is one of."),
    nodeName: z
      .string()
      .max(253)
      .optional()
      .describe("Name of the edge node that reaches the device. None: the device waits (Assigned=False, NoNode)."),
    properties: z
      .array(deviceProperty)
      .max(1000)
      .optional()
      .meta({
        description: "What this device adds to its model's properties: visitors, cycles, desired values.",
        ...listMapBy("name"),
      }),
    protocol: z
      .object({
        protocolName: z
          .string()
          .max(64)
          .meta({
            description:
              "Protocol that the device speaks. Built in: modbus. Any other name waits for a mapper that reports over MQTT.",
            ...rules({
              rule: "self != ''",
              message: "name the protocol that the device speaks, for instance modbus",
            }),
          }),
        configData: openObject(
          "How the device is reached, in the protocol's own words. The keys below are those of the built-in protocols, which is named with each; other keys are kept.",
          protocolConfig,
        ).optional(),
      })
      .meta({ description: "How the device is reached.", ...rules(...protocolRules) }),
    methods: z.array(method).max(1000).optional().describe("Named operations of the device."),
    stateReport: z
      .object({
        reportToCloud: z
          .boolean()
          .optional()
          .describe("Whether state changes go to the cloud (the default); false keeps them at the edge."),
        reportCycle: cycle("Least time between two reports of the state, in milliseconds."),
      })
      .optional()
      .describe("How the device's state is reported."),
  })
  .meta({ description: "What the user wants of the device.", ...rules(...deviceRules) });

const status = z
  .looseObject({
    observedGeneration: z
      .int()
      .min(0)
      .optional()
      .meta({ description: "metadata.generation that the conditions speak of.", format: "int64" }),
    conditions: conditions(
      "Assigned: a node has the device. Accepted: its configuration is good. Connected: the device answers. DesiredApplied: desired values are in the device. LocalOverride: somebody at the edge set another value.",
    ),
    reportToCloud: z.boolean().optional().describe("Legacy field of KubeEdge, kept; use spec.stateReport."),
    reportCycle: z.int().optional().meta({
      description: "Legacy field of KubeEdge, kept; use spec.stateReport.",
      format: "int64",
    }),
  })
  .describe("What Edgeloom makes of the Device. Values are in the DeviceStatus of the same name.");

/** What the CRD and the types of Device are made of. */
export const deviceSchema = z
  .object({ spec, status: status.optional() })
  .describe("Device is one field device: how it is reached, by which node, and what its properties shall be.");

type DeviceResourceSpec = DeepReadonly<z.infer<typeof spec>>;
type DeviceResourceStatus = DeepReadonly<z.infer<typeof status>>;
/** One entry of `spec.properties`. */
export type DeviceResourceProperty = DeepReadonly<z.infer<typeof deviceProperty>>;

/** devices.kubeedge.io/v1beta1 Device, as the API gives it. */
export interface DeviceResource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec: DeviceResourceSpec;
  readonly status?: DeviceResourceStatus;
}
