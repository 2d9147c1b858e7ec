import { z } from "zod";
import { type DeepReadonly, listMapBy } from "./schema.ts";

const condition = z
  .object({
    type: z.string().min(1).max(316).describe("What the condition is about, in CamelCase."),
    status: z.enum(["True", "False", "Unknown"]).describe("True, False or Unknown."),
    observedGeneration: z.int().min(0).optional().describe("metadata.generation that the condition speaks of."),
    lastTransitionTime: z.string().meta({
      description: "When status last changed.",
      format: "date-time",
    }),
    reason: z.string().max(1024).describe("Why, in one CamelCase word, for programs."),
    message: z.string().max(32768).describe("Why, in a sentence with what to do next, for people."),
  })
  .describe("One thing observed about the object, as Kubernetes writes it (meta/v1 Condition).");

/** A Kubernetes condition (meta/v1): one observation with its reason. */
export type Condition = DeepReadonly<z.infer<typeof condition>>;

/** The list of conditions of one resource, of which `description` names the types. */
export const conditions = (description: string) =>
  z
    .array(condition)
    .max(64)
    .optional()
    .meta({ description, ...listMapBy("type") });
