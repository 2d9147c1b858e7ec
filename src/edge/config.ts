import { z } from "zod";
import { isNodeName } from "../shared/wire/enrolment.ts";
import { mqttConfig } from "./mqttConfig.ts";

const port = z.int().min(0).max(65_535);

/** `edge.yaml`. What an edge needs beyond this, it is told by the hub and keeps in its data directory. */
export const edgeConfig = z.strictObject({
  node: z
    .string()
    .refine(isNodeName, "must be a DNS subdomain name, as Kubernetes has it")
    .describe("Name of the Node that this edge is."),
  site: z.string().min(1).optional().describe("Site that the node stands in; shown, and used to group nodes."),
  dataDir: z.string().min(1).describe("Directory of the edge's own: its database lives here. Made if it is missing."),
  hub: z
    .strictObject({
      url: z
        .url({ protocol: /^wss$/ })
        .describe("Where the hub listens, for example wss://hub.example:10000; without a path."),
      ca: z.string().describe("File: certificate of the hub's CA, PEM."),
      certificate: z.string().describe("File: certificate of this node, PEM."),
      key: z.string().describe("File: private key of this node, PEM. It never leaves the node."),
    })
    .optional()
    .describe("The cloud; `edgeloom join` writes this. Without it the edge runs alone."),
  mqtt: mqttConfig.prefault({}).describe("MQTT for local applications and third-party mappers."),
  metrics: z
    .strictObject({
      host: z.string().default("127.0.0.1").describe("Address for /metrics, /healthz and /readyz."),
      port: port.default(9092).describe("Port for /metrics, /healthz and /readyz; 0 takes any free one."),
    })
    .prefault({})
    .describe("Metrics and health, plain HTTP."),
  mappers: z
    .strictObject({
      isolation: z
        .enum(["process", "inline"])
        .default("process")
        .describe("process: one child process per protocol, so that a crash costs its own devices only; inline: none."),
      external: z
        .array(z.string())
        .default([])
        .describe("Protocols left to third-party mappers over MQTT, although a built-in mapper knows them."),
    })
    .prefault({})
    .describe("How field devices are reached."),
});

export type EdgeConfig = z.infer<typeof edgeConfig>;
