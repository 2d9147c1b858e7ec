import type { Registry } from "prom-client";
import type { Bus } from "../../shared/kit/bus.ts";
import { isFault } from "../../shared/kit/fault.ts";
import type { Service } from "../../shared/kit/lifecycle.ts";
import type { Logger } from "../../shared/kit/logger.ts";
import type { Clock } from "../../shared/kit/time.ts";
import type { DeviceKey, DeviceState } from "../../shared/model/device.ts";
import type { StartMapper } from "../../shared/wire/mapperChannel.ts";
import { checkFromMapper, type FromMapper, type ToMapper } from "../../shared/wire/mapperMessages.ts";
import type { Assignment } from "../../shared/wire/syncFrames.ts";
import type { EdgeEvents } from "../events.ts";
import { Tally } from "../tally.ts";
import { MapperMetrics } from "./mapperMetrics.ts";
import { servedBy } from "./servedBy.ts";
import { SupervisedMapper } from "./supervisedMapper.ts";

type Requested = EdgeEvents["desired.requested"];
type Spec = Assignment["spec"];

/** What MapperHost needs of DeviceTwin. */
interface OpenChanges {
  /** The device's changes that are still to be written or verified, as far as they are on disk. */
  open(key: DeviceKey): readonly Requested[];
}

interface MapperHostParts {
  readonly bus: Bus<EdgeEvents>;
  readonly twins: OpenChanges;
  readonly startMapper: StartMapper;
  /** Protocols left to third-party mappers. */
  readonly external: readonly string[];
  readonly clock: Clock;
  readonly random: () => number;
  readonly registry: Registry;
  readonly log: Logger;
}

/** A device in the hands of a mapper. */
interface Served {
  readonly spec: Spec;
  readonly mapper: SupervisedMapper;
}

/** Devices per message when a mapper gets all of its devices. */
const BATCH = 100;

/**
 * Gives each device to the mapper of its protocol, and what mappers say to the bus. One mapper per protocol in use; it
 * remembers nothing, so after a restart it gets all devices and all open changes again.
 */
export class MapperHost implements Service {
  readonly name = "mapperHost";
  readonly #parts: MapperHostParts;
  readonly #metrics: MapperMetrics;
  readonly #refused: Tally;
  readonly #stopped = new AbortController();
  readonly #mappers = new Map<string, SupervisedMapper>();
  /** Per protocol the mapper that is still going. */
  readonly #ending = new Map<string, Promise<void>>();
  readonly #served = new Map<DeviceKey, Served>();

  constructor(parts: MapperHostParts) {
    this.#parts = parts;
    const { registry, log, clock } = parts;
    this.#metrics = new MapperMetrics(registry);
    this.#refused = new Tally({ counter: this.#metrics.refused, log, clock, message: "message of a mapper dropped" });
  }

  async start(): Promise<void> {
    const { bus } = this.#parts;
    const { signal } = this.#stopped;
    const assigned = ({ assignment, fresh }: EdgeEvents["device.assigned"]) => {
      if (fresh) this.#assign(assignment.spec);
    };
    const removed = ({ key, uid }: EdgeEvents["device.removed"]) => {
      if (this.#served.get(key)?.spec.uid === uid) this.#forget(key);
    };
    bus.on("device.assigned", assigned, signal);
    bus.on("device.removed", removed, signal);
    bus.on("desired.requested", (request) => this.#served.get(request.key)?.mapper.send(writeOf(request)), signal);
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.all([...this.#ending.values(), ...[...this.#mappers.values()].map((mapper) => mapper.stop())]);
  }

  #assign(spec: Spec): void {
    const server = servedBy(spec, this.#parts.external);
    const wanted = server.kind === "mapper" ? server.protocol : undefined;
    const before = this.#served.get(spec.key);
    if (before !== undefined && before.mapper.protocol !== wanted) this.#forget(spec.key);
    if (server.kind === "external") {
      const acceptance = {
        accepted: true,
        reason: "ExternalMapper",
        message: `${server.why}; others report over MQTT`,
      };
      this.#parts.bus.emit("device.judged", { key: spec.key, uid: spec.uid, acceptance });
    }
    if (wanted !== undefined) this.#serve(spec, wanted);
    else if (spec.paused) this.#setState(spec, { state: "unknown", reason: "Paused" });
    else if (before !== undefined) this.#setState(spec, { state: "unknown", reason: "NotReadYet" });
  }

  #serve(spec: Spec, protocol: string): void {
    const mapper = this.#mappers.get(protocol) ?? this.#startMapper(protocol);
    const isNew = !this.#served.has(spec.key);
    this.#served.set(spec.key, { spec, mapper });
    if (mapper.downReason !== undefined) this.#crashed(spec, mapper.downReason);
    else if (isNew) this.#setState(spec, { state: "unknown", reason: "NotReadYet" });
    mapper.send({ kind: "devices", devices: [spec] });
    this.#requestOpen(spec.key, mapper);
  }

  #startMapper(protocol: string): SupervisedMapper {
    const { startMapper, clock, random, log } = this.#parts;
    const mapper: SupervisedMapper = new SupervisedMapper({
      protocol,
      startMapper,
      // Two of a kind at once would fight for the serial ports.
      after: this.#ending.get(protocol),
      clock,
      random,
      log,
      onMessage: (message) => this.#receive(mapper, message),
      onDown: (reason) => {
        this.#metrics.restarts.inc({ protocol });
        this.#metrics.forget(protocol);
        for (const spec of this.#devicesOf(mapper)) this.#crashed(spec, reason);
      },
    });
    this.#mappers.set(protocol, mapper);
    mapper.start();
    return mapper;
  }

  /** Takes a device from its mapper, and ends a mapper that has none left. */
  #forget(key: DeviceKey): void {
    const mapper = this.#served.get(key)?.mapper;
    if (mapper === undefined) return;
    this.#served.delete(key);
    mapper.send({ kind: "forget", keys: [key] });
    for (const served of this.#served.values()) if (served.mapper === mapper) return;
    this.#mappers.delete(mapper.protocol);
    this.#metrics.forget(mapper.protocol);
    this.#ending.set(mapper.protocol, mapper.stop());
  }

  #receive(mapper: SupervisedMapper, message: unknown): void {
    let checked: FromMapper;
    try {
      checked = checkFromMapper.value(message);
    } catch (fault) {
      if (!isFault(fault, "data")) throw fault;
      this.#refused.count("malformed", { protocol: mapper.protocol, fault });
      return;
    }
    if (checked.kind === "ready") this.#ready(mapper);
    else if (checked.kind === "stats") this.#metrics.set(mapper.protocol, checked.lines);
    else this.#tell(mapper, checked);
  }

  #ready(mapper: SupervisedMapper): void {
    mapper.ready();
    const devices = this.#devicesOf(mapper);
    for (let first = 0; first < devices.length; first += BATCH) {
      mapper.send({ kind: "devices", devices: devices.slice(first, first + BATCH) });
    }
    for (const { key } of devices) this.#requestOpen(key, mapper);
  }

  #requestOpen(key: DeviceKey, mapper: SupervisedMapper): void {
    for (const request of this.#parts.twins.open(key)) mapper.send(writeOf(request));
  }

  /** What a mapper says of a device that it does not serve (any more) is nobody's news. */
  #tell(mapper: SupervisedMapper, message: Exclude<FromMapper, { kind: "ready" | "stats" }>): void {
    const { bus } = this.#parts;
    const { key, uid } = message;
    const served = this.#served.get(key);
    if (served?.mapper !== mapper || served.spec.uid !== uid) return;
    switch (message.kind) {
      case "acceptance": {
        const { accepted, reason, message: text } = message;
        bus.emit("device.judged", { key, uid, acceptance: { accepted, reason, message: text } });
        return;
      }
      case "reported":
        bus.emit("twin.reported", message);
        return;
      case "state":
        bus.emit("device.stateReported", message);
        return;
      case "progress":
        bus.emit("desired.progressed", message);
    }
  }

  /** A device that is paused misses nothing. */
  #crashed(spec: Spec, message: string): void {
    if (spec.paused) return;
    this.#setState(spec, { state: "unhealthy", reason: "MapperCrashed", message });
  }

  #setState({ key, uid }: Spec, facts: { state: DeviceState; reason: string; message?: string }): void {
    const { bus, clock } = this.#parts;
    bus.emit("device.stateReported", { message: "", ...facts, key, uid, at: clock.now() });
  }

  #devicesOf(mapper: SupervisedMapper): Spec[] {
    return [...this.#served.values()].filter((served) => served.mapper === mapper).map(({ spec }) => spec);
  }
}

/** A change that was written before is not written again: the device is asked. */
function writeOf({ key, uid, property, order, value, state, timeLeftMs }: Requested): ToMapper {
  const limit = timeLeftMs === undefined ? {} : { timeLeftMs };
  return { kind: "write", key, uid, property, order, value, ...limit, verifyOnly: state === "written" };
}
