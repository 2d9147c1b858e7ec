import { readFile } from "node:fs/promises";
import type { IClientOptions, MqttClient } from "mqtt";
import { Counter, Gauge, type Registry } from "prom-client";
import { Fault, textOf } from "../../shared/kit/fault.ts";
import type { Service } from "../../shared/kit/lifecycle.ts";
import type { Logger } from "../../shared/kit/logger.ts";
import { backoff, type Clock, slept } from "../../shared/kit/time.ts";
import { encodeName, parseRequest } from "../../shared/wire/topics.ts";
import type { MqttConfig } from "../mqttConfig.ts";
import { Tally } from "../tally.ts";
import type { IncomingMessage, MessageBroker } from "./messageBroker.ts";
import { RetainedMirror } from "./retainedMirror.ts";
import { findRetained, readIndex } from "./retainedSweep.ts";

/** So many messages may wait for their PUBACK; retained ones beyond wait with their newest payload only. */
const WINDOW = 1000;
const MAX_WAITING = 1000;
/** By then retained messages have come, and the edge has said what it has itself. */
const SWEEP_MS = 3000;
const RECONNECT = { firstMs: 500, maxMs: 4000 } as const;

interface ExternalBrokerParts {
  readonly config: NonNullable<MqttConfig["external"]>;
  readonly node: string;
  readonly registry: Registry;
  readonly log: Logger;
  readonly clock: Clock;
  readonly random: () => number;
}

/**
 * An MQTT broker that is not ours in the place of our own: a client that keeps coming back, then publishes every
 * retained message again, and clears those that an earlier life left there for devices it does not have any more.
 */
export class ExternalBroker implements Service, MessageBroker {
  readonly name = "externalBroker";
  readonly #parts: ExternalBrokerParts;
  readonly #stopped = new AbortController();
  readonly #mirror: RetainedMirror;
  readonly #indexTopic: string;
  readonly #filters: string[] = [];
  #handler: (message: IncomingMessage) => void = () => {};
  #client: MqttClient | undefined;
  #underWay = 0;
  #isSwept = false;
  #running: Promise<void> | undefined;

  constructor(parts: ExternalBrokerParts) {
    const { node, registry, log, clock } = parts;
    this.#parts = parts;
    const registers = [registry];
    const connected = () => (this.isConnected ? 1 : 0);
    new Gauge({
      name: "edgeloom_mqtt_external_connected",
      help: "1 while the external MQTT broker is connected.",
      registers,
      collect() {
        this.set(connected());
      },
    });
    const counter = new Counter({
      name: "edgeloom_mqtt_external_dropped_total",
      help: "Messages that did not reach the external MQTT broker, by reason.",
      labelNames: ["reason"],
      registers,
    });
    const dropped = new Tally({ counter, log, clock, message: "MQTT messages dropped" });
    this.#indexTopic = `edgeloom/${encodeName(node)}/devices`;
    this.#mirror = new RetainedMirror({
      indexTopic: this.#indexTopic,
      maxWaiting: MAX_WAITING,
      onDropped: (topic) => dropped.count("brokerAway", { topic }),
    });
  }

  get url(): string {
    return this.#parts.config.url;
  }

  get isConnected(): boolean {
    return this.#client !== undefined;
  }

  /** Does not wait for the broker: the edge runs without it. Rejects if a file of the configuration cannot be read. */
  async start(): Promise<void> {
    this.#running = this.#run(await this.#options());
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  publish(topic: string, payload: string, { retain }: { readonly retain: boolean }): void {
    this.#mirror.put({ topic, payload, retain });
    this.#pump();
  }

  subscribe(filters: readonly string[], handler: (message: IncomingMessage) => void): void {
    this.#filters.push(...filters);
    this.#handler = handler;
    // Refused or interrupted, the session ends and the next one subscribes again.
    this.#client?.subscribe([...filters], { qos: 1 });
  }

  async #options(): Promise<IClientOptions> {
    const { clientId, username, passwordFile, caFile } = this.#parts.config;
    return {
      protocolVersion: 4,
      clientId: clientId ?? `edgeloom-${this.#parts.node}`,
      clean: true,
      keepalive: 15,
      connectTimeout: 10_000,
      reconnectPeriod: 0, // a client that came back by itself would send old values after newer ones
      writeCache: false,
      ...(username === undefined ? {} : { username }),
      ...(passwordFile === undefined ? {} : { password: (await fileOf(passwordFile, "passwordFile")).trimEnd() }),
      ...(caFile === undefined ? {} : { ca: await fileOf(caFile, "caFile") }),
    };
  }

  async #run(options: IClientOptions): Promise<void> {
    const { log, clock, random, config } = this.#parts;
    const { signal } = this.#stopped;
    const { connect } = await import("mqtt"); // costs memory that an edge with its own broker need not pay
    let delays = backoff({ ...RECONNECT, random });
    let told = false;
    while (!signal.aborted) {
      const { connected, reason } = await this.#session(connect(config.url, options));
      if (signal.aborted) return;
      if (connected || !told) log.warn("external MQTT broker away", { url: config.url, reason });
      told = true;
      if (connected) delays = backoff({ ...RECONNECT, random });
      await slept(clock, delays.next().value, signal);
    }
  }

  /** One connection, from its start to its end. */
  #session(client: MqttClient): Promise<{ readonly connected: boolean; readonly reason: string }> {
    const { signal } = this.#stopped;
    let connected = false;
    let reason = "connection closed";
    return new Promise((resolve) => {
      const end = () => {
        this.#client = undefined;
        client.end(true);
      };
      signal.addEventListener("abort", end, { once: true });
      client.on("error", (error) => {
        reason = textOf(error);
      });
      client.on("message", (topic, payload, { retain }) => this.#receive(topic, payload, retain));
      client.once("connect", () => {
        connected = true;
        this.#own(client, this.#open(client));
      });
      client.once("close", () => {
        signal.removeEventListener("abort", end);
        end();
        resolve({ connected, reason });
      });
      if (signal.aborted) end();
    });
  }

  async #open(client: MqttClient): Promise<void> {
    this.#underWay = 0;
    this.#client = client;
    if (this.#filters.length > 0) await client.subscribeAsync(this.#filters, { qos: 1 });
    this.#parts.log.info("external MQTT broker connected", { url: this.#parts.config.url });
    this.#mirror.sendAll();
    this.#pump();
    if (!this.#isSwept) await this.#sweep(client);
  }

  /** Once in a life: clears what an earlier one left and this one does not have. */
  async #sweep(client: MqttClient): Promise<void> {
    const { clock } = this.#parts;
    const pause = () => clock.sleep(SWEEP_MS, this.#stopped.signal);
    const devices = await readIndex(client, this.#indexTopic, pause);
    for (const topic of await findRetained(client, devices, pause)) this.#mirror.found(topic);
    this.#isSwept = true;
    this.#mirror.settle();
    this.#pump();
  }

  #receive(topic: string, payload: Buffer, retain: boolean): void {
    // A retained request is an old one: somebody kept it, and it would be carried out again with every connection.
    if (!retain && parseRequest(topic) !== undefined) this.#handler({ topic, payload });
  }

  #pump(): void {
    const client = this.#client;
    if (client === undefined) return;
    while (this.#underWay < WINDOW) {
      const parcel = this.#mirror.next();
      if (parcel === undefined) return;
      this.#underWay += 1;
      client.publish(parcel.topic, parcel.payload, { qos: 1, retain: parcel.retain }, (error) => {
        if (client === this.#client) this.#underWay -= 1;
        if (error) {
          this.#mirror.lost(parcel); // for the next connection; here it would fail again, and at once
          return;
        }
        this.#mirror.delivered(parcel);
        this.#pump();
      });
    }
  }

  /** What fails at the start of a session ends it; the next one begins anew. */
  #own(client: MqttClient, work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (!this.#stopped.signal.aborted) this.#parts.log.debug("MQTT session ended", { error: textOf(error) });
      client.end(true);
    });
  }
}

async function fileOf(path: string, key: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new Fault("config.missing", `cannot read ${path}, named by mqtt.external.${key}: ${textOf(cause)}`, {
      cause,
    });
  }
}
