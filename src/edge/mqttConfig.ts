import { z } from "zod";

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/;

/** The part `mqtt` of the edge's configuration: our own broker, or an external one instead. */
export const mqttConfig = z.strictObject({
  host: z
    .string()
    .regex(LOOPBACK, "only a loopback address is possible so far (127.0.0.1, ::1, localhost): TLS and users come later")
    .default("127.0.0.1")
    .describe("Address that the MQTT broker listens on; loopback only, since it knows no users yet."),
  port: z.int().min(0).max(65_535).default(1883).describe("Port of the MQTT broker; 0 takes any free one."),
  maxClients: z.int().min(1).default(1000).describe("More clients are refused with CONNACK 3 (server unavailable)."),
  maxPacketBytes: z
    .int()
    .min(1024)
    .max(268_435_455)
    .default(262_144)
    .describe("A client that sends a longer MQTT packet is disconnected."),
  maxSubscriptionsPerClient: z.int().min(1).default(1000).describe("Further subscriptions are answered with 0x80."),
  maxTopicLength: z.int().min(64).max(65_535).default(1024).describe("Longest topic or filter, in characters."),
  maxTopicLevels: z.int().min(8).max(100).default(32).describe("Most levels that a topic or filter may have."),
  maxQueuedMessages: z
    .int()
    .min(1)
    .default(1000)
    .describe("Messages kept for each persistent session while its client is away; further ones are dropped."),
  maxSessions: z.int().min(1).default(1000).describe("Most persistent sessions (clean session 0)."),
  maxRetainedBytes: z
    .int()
    .min(0)
    .default(16_777_216)
    .describe("What clients may keep in retained messages of their own, all together."),
  maxValueBytes: z.int().min(1).default(65_536).describe("Longest payload of a set, a method call or a twin value."),
  external: z
    .strictObject({
      url: z
        .string()
        .regex(/^(?:mqtt|mqtts|tcp|ssl):\/\/[^/]+$/, "must look like mqtt://host:1883 or mqtts://host:8883")
        .describe("The broker to use instead of our own: mqtt://host:port or mqtts://host:port."),
      clientId: z.string().min(1).optional().describe("Client id; edgeloom-<node> if left out."),
      username: z.string().optional().describe("User name at the external broker."),
      passwordFile: z.string().optional().describe("File that holds the password."),
      caFile: z.string().optional().describe("File with the CA certificate for mqtts; the system's CAs if left out."),
    })
    .optional()
    .describe("An MQTT 3.1.1 broker such as mosquitto that takes the place of the built-in one."),
});

export type MqttConfig = z.infer<typeof mqttConfig>;
