import { createServer, type Server, type Socket } from "node:net";
import { Aedes, type AedesPublishPacket } from "aedes";
import type { Registry } from "prom-client";
import { textOf } from "../../shared/kit/fault.ts";
import type { Service } from "../../shared/kit/lifecycle.ts";
import { listen } from "../../shared/kit/listen.ts";
import type { Logger } from "../../shared/kit/logger.ts";
import { OpenSockets } from "../../shared/kit/openSockets.ts";
import type { Clock } from "../../shared/kit/time.ts";
import type { MqttConfig } from "../mqttConfig.ts";
import { Tally } from "../tally.ts";
import { boundSocket } from "./boundedSocket.ts";
import { BrokerMetrics } from "./brokerMetrics.ts";
import { ClientRules } from "./clientRules.ts";
import { limitSessions } from "./sessionLimits.ts";

/** Sockets beyond `maxClients` that may wait for their CONNECT, or to be told that the broker is full. */
const WAITING_SOCKETS = 100;

/** How aedes reports that a client was cut off, or that its session's queue was full: both are counted where they happen. */
const CONSEQUENCES: readonly string[] = ["connection closed", "no such packet"];

/** A message that a client, or the edge itself, has published. */
export interface BrokerMessage {
  readonly topic: string;
  readonly payload: Buffer;
  /** Empty for the edge's own. */
  readonly clientId: string;
}

interface BrokerParts {
  readonly config: MqttConfig;
  readonly registry: Registry;
  readonly log: Logger;
  readonly clock: Clock;
}

/**
 * The MQTT 3.1.1 broker of the edge, in its process. No client can hold up another one: who does not read is cut off,
 * who sends too much is refused, and what is refused is counted. The edge itself publishes and subscribes here
 * directly, at QoS 1, without being a client.
 */
export class Broker implements Service {
  readonly name = "broker";
  readonly #parts: BrokerParts;
  readonly #metrics: BrokerMetrics;
  readonly #dropped: Tally;
  readonly #refused: Tally;
  readonly #rules: ClientRules;
  readonly #clientIds = new Set<string>();
  readonly #aedes: Aedes;
  readonly #server: Server;
  readonly #connections: OpenSockets;
  #url = "";

  constructor(parts: BrokerParts) {
    const { config, registry, log, clock } = parts;
    this.#parts = parts;
    this.#metrics = new BrokerMetrics(registry);
    this.#dropped = new Tally({ counter: this.#metrics.dropped, log, clock, message: "MQTT messages dropped" });
    this.#refused = new Tally({ counter: this.#metrics.refused, log, clock, message: "MQTT client refused" });
    this.#rules = new ClientRules({
      config,
      refused: this.#refused,
      isConnected: (id) => this.#clientIds.has(id),
      connected: () => this.#clientIds.size,
      published: () => {
        this.#metrics.messagesIn += 1;
      },
    });
    this.#aedes = new Aedes({
      // No queue inside: aedes drains one by recursion, and a burst of some thousand messages overflows the stack.
      // What bounds memory instead is the write budget of each socket.
      concurrency: 0,
      connectTimeout: 10_000,
      drainTimeout: 2_000,
      maxTopicLevels: config.maxTopicLevels,
      maxInflightInbound: 64,
      ...this.#rules.hooks,
      authorizeForward: (_client, packet) => {
        this.#metrics.messagesOut += 1;
        return packet;
      },
    });
    this.#server = createServer({ noDelay: true, highWaterMark: 65_536 }, (socket) => this.#accept(socket));
    this.#connections = new OpenSockets(this.#server);
    this.#server.maxConnections = config.maxClients + WAITING_SOCKETS;
  }

  /** mqtt://host:port; empty before the start. */
  get url(): string {
    return this.#url;
  }

  async start(): Promise<void> {
    await this.#aedes.listen();
    this.#watchClients();
    limitSessions(this.#aedes, {
      maxQueued: this.#parts.config.maxQueuedMessages,
      isConnected: (id) => this.#clientIds.has(id),
      onDropped: (client) => this.#dropped.count("sessionQueueFull", { client }),
    });
    const { host, port } = this.#parts.config;
    const bound = await listen(this.#server, { host, port, what: "MQTT", flag: "--mqtt-port (mqtt.port)" });
    this.#url = `mqtt://${host.includes(":") ? `[${host}]` : host}:${bound}`;
  }

  async stop(): Promise<void> {
    const closed = this.#server.listening
      ? new Promise<void>((resolve) => this.#server.close(() => resolve()))
      : Promise.resolve();
    await new Promise<void>((resolve) => this.#aedes.close(() => resolve()));
    this.#connections.destroy();
    await closed;
  }

  /** Publishes as the edge, QoS 1. An empty payload with `retain` clears the topic. */
  publish(topic: string, payload: string, { retain }: { readonly retain: boolean }): void {
    this.#aedes.publish(
      { cmd: "publish", qos: 1, dup: false, topic, payload: Buffer.from(payload), retain },
      (error) => {
        if (error) this.#dropped.count("notPublished", { topic, error: error.message });
      },
    );
  }

  /** Hears of every message that matches one of the filters, the edge's own too. `handler` must not throw. */
  subscribe(filters: readonly string[], handler: (message: BrokerMessage) => void): void {
    const deliver = (packet: AedesPublishPacket, done: () => void) => {
      const { topic, payload } = packet;
      handler({ topic, payload: bytesOf(payload), clientId: clientIdOf(packet) });
      done();
    };
    for (const filter of filters) this.#aedes.subscribe(filter, deliver, () => {});
  }

  #accept(socket: Socket): void {
    const bounded = boundSocket(socket, {
      maxPacketBytes: this.#parts.config.maxPacketBytes,
      onTooSlow: () => this.#dropped.count("clientTooSlow", { port: socket.remotePort }),
      onTooLarge: () => this.#refused.count("packetTooLarge", { port: socket.remotePort }),
    });
    this.#aedes.handle(bounded);
  }

  #watchClients(): void {
    const aedes = this.#aedes;
    aedes.on("client", ({ id }) => this.#countClient(() => this.#clientIds.add(id)));
    aedes.on("clientDisconnect", ({ id }) => this.#countClient(() => this.#clientIds.delete(id)));
    aedes.on("unsubscribe", (filters, client) => this.#rules.unsubscribed(client, filters));
    aedes.on("connectionError", (_client, error) => this.#countError(error, "notConnected"));
    aedes.on("clientError", ({ id }, error) => this.#countError(error, "protocolError", id));
    // aedes' own type leaves this event out; without a listener it would end the process.
    (aedes as NodeJS.EventEmitter).on("error", (error) => {
      this.#parts.log.error("MQTT broker failed at a message", { error: textOf(error) });
    });
  }

  /** A connection that breaks is no offence, and what the rules refused at CONNECT is counted there. */
  #countError(error: Error, reason: string, client = ""): void {
    if ("code" in error || "returnCode" in error || CONSEQUENCES.includes(error.message)) return;
    const version = "errorCode" in error && error.errorCode === 1; // CONNACK 1: unacceptable protocol version
    this.#refused.count(version ? "protocolVersion" : reason, { client, error: error.message });
  }

  #countClient(change: () => void): void {
    change();
    this.#metrics.clients = this.#clientIds.size;
  }
}

function bytesOf(payload: string | Buffer): Buffer {
  return typeof payload === "string" ? Buffer.from(payload) : payload;
}

/** aedes notes who published a packet on the packet itself. */
function clientIdOf(packet: AedesPublishPacket): string {
  return "clientId" in packet && typeof packet.clientId === "string" ? packet.clientId : "";
}
