import { z } from "zod";
import { conditions } from "./condition.ts";
import type { ObjectMeta } from "./metadata.ts";
import type { DeepReadonly } from "./schema.ts";

const toleration = z
  .object({
    key: z.string().optional().describe("Key of the taint; none with operator Exists: every taint."),
    operator: z.enum(["Exists", "Equal"]).optional().describe("Exists or Equal (the default)."),
    value: z.string().optional().describe("Value of the taint, with Equal."),
    effect: z
      .enum(["NoSchedule", "PreferNoSchedule", "NoExecute"])
      .optional()
      .describe("Effect of the taint; none: every effect."),
    tolerationSeconds: z
      .int()
      .optional()
      .meta({ description: "How long a NoExecute taint is borne.", format: "int64" }),
  })
  .describe("A taint that the site's workloads bear (core/v1 Toleration).");

const spec = z
  .object({
    nodes: z.array(z.string().min(1).max(253)).max(1000).optional().meta({
      description: "Names of the site's nodes.",
      "x-kubernetes-list-type": "set",
    }),
    nodeSelector: z
      .record(z.string(), z.string())
      .optional()
      .describe("Labels of further nodes of the site; a node with all of them belongs to it."),
    tolerations: z.array(toleration).max(64).optional().describe("Taints that the site's workloads bear."),
  })
  .describe("Which nodes stand together.");

const status = z
  .object({
    nodes: z.array(z.string()).optional().describe("The site's nodes, as found."),
    connected: z.int().optional().describe("How many of them are connected."),
    devices: z
      .object({
        total: z.int().optional().describe("Devices on the site's nodes."),
        online: z.int().optional().describe("How many of them are online."),
      })
      .optional()
      .describe("The site's devices, counted."),
    addons: z.array(z.string()).optional().describe("Names of the addons at the site."),
    conditions: conditions("What is observed about the site."),
    observedGeneration: z
      .int()
      .min(0)
      .optional()
      .meta({ description: "metadata.generation that the status speaks of.", format: "int64" }),
  })
  .describe("What Edgeloom finds at the site.");

/** What the CRD and the types of Site are made of. */
export const siteSchema = z
  .object({ spec: spec.optional(), status: status.optional() })
  .describe("Site is a group of nodes that stand together, such as a plant or a shop.");

type SiteSpec = DeepReadonly<z.infer<typeof spec>>;
type SiteStatus = DeepReadonly<z.infer<typeof status>>;

/** edgeloom.io/v1alpha1 Site, as the API gives it. */
export interface SiteResource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec?: SiteSpec;
  readonly status?: SiteStatus;
}
