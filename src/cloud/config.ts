import { z } from "zod";

const port = z.int().min(0).max(65_535);

/** `cloud.yaml`. Everything has a default: in a pod, the service account is enough. */
export const cloudConfig = z.strictObject({
  kubeconfig: z
    .string()
    .min(1)
    .optional()
    .describe("File that says how the Kubernetes API is reached; else $KUBECONFIG, ~/.kube/config, or the pod's own."),
  context: z.string().min(1).optional().describe("Context of the kubeconfig; else its current one."),
  namespace: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, "must be the name of a namespace")
    .default("edgeloom")
    .describe("Namespace of the hub's Secrets: its CA and the key of the join tokens. Made if it is missing."),
  installCrds: z
    .boolean()
    .default(false)
    .describe("Apply our resource definitions at the start. KubeEdge's own are never replaced."),
  hub: z
    .strictObject({
      host: z.string().default("0.0.0.0").describe("Address on which edges are awaited."),
      port: port.default(10_000).describe("WSS port to which edges dial; 0 takes any free one."),
      advertise: z
        .array(z.string().min(1))
        .default([])
        .describe("Names and addresses by which edges reach the hub; the first is what `join` writes down."),
    })
    .prefault({})
    .describe("The hub, to which edges dial."),
  enrol: z
    .strictObject({
      host: z.string().default("0.0.0.0").describe("Address on which nodes join."),
      port: port.default(10_002).describe("HTTPS port for `edgeloom join`; 0 takes any free one."),
    })
    .prefault({})
    .describe("Where nodes get their certificates."),
  metrics: z
    .strictObject({
      host: z.string().default("127.0.0.1").describe("Address for /metrics, /healthz and /readyz."),
      port: port.default(9091).describe("Port for /metrics, /healthz and /readyz; 0 takes any free one."),
    })
    .prefault({})
    .describe("Metrics and health, plain HTTP."),
  statusWrites: z
    .strictObject({
      perDevicePerSecond: z
        .number()
        .positive()
        .max(100)
        .default(1)
        .describe("Most writes of one DeviceStatus per second; after silence the first goes at once."),
      perSecond: z.int().min(1).max(100_000).default(200).describe("Most writes of all DeviceStatus per second."),
    })
    .prefault({})
    .describe("How hard the Kubernetes API may be worked; what waits is sent as its newest state."),
});

export type CloudConfig = z.infer<typeof cloudConfig>;
