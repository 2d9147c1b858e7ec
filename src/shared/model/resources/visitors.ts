import { z } from "zod";
import { visitorConfig, visitorRules } from "./builtInKeys.ts";
import { openObject, rules } from "./schema.ts";

/** How one property is reached: in a DeviceModel for all its devices, in a Device for that one. */
export const visitors = (description: string) =>
  z
    .object({
      protocolName: z
        .string()
        .max(64)
        .optional()
        .describe("Protocol whose keys configData holds; absent: the device's own protocol."),
      configData: openObject(
        "Where the property lies in the device, in the protocol's own words. The keys below are those of the built-in protocols, which is named with each; other keys are kept.",
        visitorConfig,
      ).optional(),
    })
    .optional()
    .meta({ description, ...rules(...visitorRules) });
