import { z } from "zod";
import { openObject } from "./schema.ts";

/** How one property is reached: in a DeviceModel for all its devices, in a Device for that one. */
export const visitors = (description: string) =>
  z
    .object({
      protocolName: z
        .string()
        .max(64)
        .optional()
        .describe("Protocol whose keys configData holds; absent: the device's own protocol."),
      configData: openObject("Where the property lies in the device, in the protocol's own words.").optional(),
    })
    .optional()
    .describe(description);
