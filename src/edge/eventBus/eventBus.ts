import { Counter, type Registry } from "prom-client";
import type { Bus } from "../../shared/kit/bus.ts";
import { textOf } from "../../shared/kit/fault.ts";
import type { Service } from "../../shared/kit/lifecycle.ts";
import type { Logger } from "../../shared/kit/logger.ts";
import { type Clock, slept } from "../../shared/kit/time.ts";
import type { DeviceKey } from "../../shared/model/device.ts";
import { parseRequest, type Request, SUBSCRIPTIONS, topics } from "../../shared/wire/topics.ts";
import type { EdgeEvents } from "../events.ts";
import type { MqttConfig } from "../mqttConfig.ts";
import { Tally } from "../tally.ts";
import { DesiredFollower } from "./desiredFollower.ts";
import type { IncomingMessage, MessageBroker } from "./messageBroker.ts";
import { HEARTBEAT_CHECK_MS, Publications } from "./publications.ts";
import { SetRequests } from "./setRequests.ts";
import { resultPayload } from "./setResult.ts";
import { TwinRequests } from "./twinRequests.ts";
import type { Twins } from "./twins.ts";

interface EventBusParts {
  readonly config: Pick<MqttConfig, "maxValueBytes">;
  readonly bus: Bus<EdgeEvents>;
  readonly broker: MessageBroker;
  readonly twins: Twins;
  readonly registry: Registry;
  readonly log: Logger;
  readonly clock: Clock;
  readonly random: () => number;
}

/**
 * Between MQTT and the edge's events: publishes values and states of all devices (`devices/…`), and answers what
 * applications and third-party mappers ask (`…/set`, `$method/…`, KubeEdge's `$hw/…`). A bad message is answered or
 * counted, and has no other effect.
 */
export class EventBus implements Service {
  readonly name = "eventBus";
  readonly #parts: EventBusParts;
  readonly #stopped = new AbortController();
  readonly #publications: Publications;
  readonly #follower: DesiredFollower;
  readonly #setRequests: SetRequests;
  readonly #twinRequests: TwinRequests;
  readonly #refused: Tally;
  readonly #requests: Counter<"kind">;
  /** Devices that the mapper host has judged to be its own. */
  readonly #served = new Set<DeviceKey>();

  constructor(parts: EventBusParts) {
    const { bus, broker, twins, clock, random, log, registry } = parts;
    const { maxValueBytes } = parts.config;
    this.#parts = parts;
    this.#requests = new Counter({
      name: "edgeloom_mqtt_requests_total",
      help: "Requests over MQTT: set, method, twinUpdate, twinGet.",
      labelNames: ["kind"],
      registers: [registry],
    });
    const counter = new Counter({
      name: "edgeloom_mqtt_requests_refused_total",
      help: "Requests over MQTT that were answered with an error at once or dropped, by reason.",
      labelNames: ["reason"],
      registers: [registry],
    });
    this.#refused = new Tally({ counter, log, clock, message: "MQTT request refused" });
    this.#publications = new Publications({ broker, clock, random, twin: (key) => twins.twin(key) });
    this.#follower = new DesiredFollower({ twins });
    const shared = { broker, twins, follower: this.#follower, clock, maxValueBytes };
    this.#setRequests = new SetRequests({
      ...shared,
      signal: this.#stopped.signal,
      onRefused: ({ code, message }, topic) => this.#refused.count(code, { topic, message }),
    });
    this.#twinRequests = new TwinRequests({
      ...shared,
      bus,
      isServed: (key) => this.#served.has(key),
      onRefused: ({ code, message }, topic) => this.#refused.count(`${code}`, { topic, message }),
    });
  }

  async start(): Promise<void> {
    const { broker } = this.#parts;
    this.#listen();
    broker.subscribe(SUBSCRIPTIONS, (message) => this.#receive(message));
    this.#own(this.#beat());
  }

  /** Changes that are under way are on disk; their results are told after the next start. */
  async stop(): Promise<void> {
    this.#stopped.abort();
  }

  #listen(): void {
    const { bus } = this.#parts;
    const { signal } = this.#stopped;
    bus.on(
      "device.assigned",
      ({ assignment: { spec } }) => {
        this.#publications.assign(spec);
        this.#follower.keepOnly(spec.key, new Set(spec.properties.map(({ name }) => name)));
      },
      signal,
    );
    bus.on(
      "device.removed",
      ({ key }) => {
        this.#served.delete(key);
        this.#publications.remove(key);
        this.#follower.removed(key);
      },
      signal,
    );
    bus.on(
      "twin.changed",
      ({ key, uid, reported, desired, state }) => {
        this.#publications.change({ key, uid }, reported, state);
        for (const change of desired) this.#follower.changed(key, change.property, change.desired);
      },
      signal,
    );
    bus.on(
      "device.judged",
      ({ key, acceptance: { reason } }) => {
        if (reason === "ExternalMapper") this.#served.delete(key);
        else this.#served.add(key);
      },
      signal,
    );
    bus.on("desired.requested", (change) => this.#adopt(change), signal);
  }

  /** A local change that nobody follows was asked for before this start: its asker still gets the result. */
  #adopt({ key, property, order, origin }: EdgeEvents["desired.requested"]): void {
    if (origin !== "mqtt" || this.#follower.isFollowing(key, property)) return;
    const tell = async () => {
      const outcome = await this.#follower.adopt({ key, property, order });
      this.#parts.broker.publish(topics.setResult(key, property), resultPayload("", outcome), { retain: false });
    };
    this.#own(tell());
  }

  #receive({ topic, payload }: IncomingMessage): void {
    const request = parseRequest(topic);
    if (request === undefined) {
      this.#refused.count("unknownTopic", { topic });
      return;
    }
    this.#requests.inc({ kind: request.kind });
    this.#own(this.#answer(request, payload));
  }

  #answer(request: Request, payload: Buffer): Promise<void> {
    switch (request.kind) {
      case "set":
        return this.#setRequests.set(request.key, request.property, payload);
      case "method":
        return this.#setRequests.call(request.key, request.method, payload);
      case "twinUpdate":
        return this.#twinRequests.update(request.key, payload);
      case "twinGet":
        return this.#twinRequests.get(request.key, payload);
    }
  }

  async #beat(): Promise<void> {
    const { clock } = this.#parts;
    const { signal } = this.#stopped;
    while (await slept(clock, HEARTBEAT_CHECK_MS, signal)) this.#publications.beat();
  }

  /** Work that nobody awaits: an error in it is ours, and costs no more than this one request. */
  #own(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      this.#parts.log.error("MQTT request failed", { error: textOf(error) });
    });
  }
}
