import { z } from "zod";

const MIB = 1024 * 1024;

/** Configuration of the embedded Kubernetes API. */
export const kubeConfig = z.strictObject({
  dataDir: z.string().min(1).describe("Directory of the database, the CA and the admin token; locked while in use."),
  host: z.string().default("127.0.0.1").describe("Address to listen on."),
  port: z.int().min(0).max(65_535).default(6443).describe("HTTPS port to listen on; 0 takes any free one."),
  kubeconfig: z
    .string()
    .optional()
    .describe("Where to write the admin's kubeconfig; DATADIR/kubeconfig where it is left out."),
  history: z
    .strictObject({
      maxEvents: z
        .int()
        .min(100)
        .default(20_000)
        .describe("Changes that are kept for watches that come back; older ones answer 410 and lists begin anew."),
      maxBytes: z
        .int()
        .min(MIB)
        .default(64 * MIB)
        .describe("Bytes that those changes may take in memory."),
    })
    .prefault({})
    .describe("How much of the past is kept."),
  watch: z
    .strictObject({
      maxBacklogBytes: z
        .int()
        .min(64 * 1024)
        .default(8 * MIB)
        .describe("Bytes that may wait for a slow reader of a watch before it is cut off."),
      bookmarkEveryMs: z.int().min(1000).default(60_000).describe("Period of bookmarks for watches that want them."),
    })
    .prefault({})
    .describe("Watches."),
  eventTtlMs: z.int().min(1000).default(3_600_000).describe("How long Event objects are kept."),
  nodeGraceMs: z
    .int()
    .min(1000)
    .default(40_000)
    .describe("How long a Node may leave its Lease unrenewed before it counts as Unknown."),
});

export type KubeConfig = z.infer<typeof kubeConfig>;
