import { z } from "zod";
import { PROPERTY_TYPES } from "../value.ts";
import { modelRules, protocolConfig } from "./builtInKeys.ts";
import type { ObjectMeta } from "./metadata.ts";
import { type DeepReadonly, listMapBy, openObject, rules } from "./schema.ts";
import { visitors } from "./visitors.ts";

/** As the API knows them. STREAM is one of KubeEdge's; naming it lets the refusal say why. */
const modelTypes = [...PROPERTY_TYPES, "STREAM"] as const;

const limit = (word: string) =>
  z
    .string()
    .max(64)
    .optional()
    .meta({
      description: `${word} value that may be written, a number as text ("0", "99.5"), in the property's unit. Empty: no limit.`,
      ...rules({
        rule: "self.matches('^ *([+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?)? *$')",
        message: 'must be a number as text, such as "0" or "99.5"; leave it empty for no limit',
      }),
    });

const modelProperty = z
  .object({
    name: z
      .string()
      .min(1)
      .max(253)
      .describe("Name of the property, unique in the model; the Device and the MQTT topics use it."),
    description: z.string().optional().describe("What the property is, for people."),
    type: z
      .enum(modelTypes)
      .optional()
      .meta({
        description:
          "Type of the value: INT (64 bits), FLOAT (IEEE 754, 32 bits), DOUBLE (64 bits), STRING, BOOLEAN or BYTES (base64 as text).",
        ...rules({
          rule: "self != 'STREAM'",
          message:
            "STREAM has no value to report: leave the property out and give the stream's address as a property of type STRING",
        }),
      }),
    accessMode: z
      .enum(["ReadWrite", "ReadOnly"])
      .optional()
      .describe("ReadWrite (the default) or ReadOnly; what is ReadOnly takes no desired value."),
    minimum: limit("Least"),
    maximum: limit("Greatest"),
    unit: z
      .string()
      .optional()
      .describe('Unit of the value, best as UCUM writes it ("Cel", "bar", "rpm"); shown beside the value.'),
    visitors: visitors(
      "How the property is reached on every device of this model; a Device's own keys win over these.",
    ),
  })
  .describe("One typed property that every device of this model has.");

const spec = z
  .object({
    properties: z
      .array(modelProperty)
      .max(1000)
      .optional()
      .meta({ description: "The properties that a device of this model has.", ...listMapBy("name") }),
    protocol: z.string().max(64).optional().describe("Protocol that devices of this model speak, for instance modbus."),
    protocolConfigData: openObject(
      "Keys for protocol.configData of every device of this model (its own keys win), such as baudRate or timeout.",
      protocolConfig,
    ).optional(),
  })
  .meta({ description: "What devices of this model have in common.", ...rules(...modelRules) });

/** What the CRD and the types of DeviceModel are made of. */
export const deviceModelSchema = z
  .object({ spec: spec.optional() })
  .describe(
    "DeviceModel names the typed properties that a kind of device has. Devices refer to it by spec.deviceModelRef.name, in the same namespace.",
  );

type DeviceModelSpec = DeepReadonly<z.infer<typeof spec>>;
export type ModelProperty = DeepReadonly<z.infer<typeof modelProperty>>;

/** devices.kubeedge.io/v1beta1 DeviceModel, as the API gives it. */
export interface DeviceModelResource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec?: DeviceModelSpec;
}
