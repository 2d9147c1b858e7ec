import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Registry } from "prom-client";
import { DeviceTwin } from "../../src/edge/deviceTwin/deviceTwin.ts";
import type { EdgeEvents } from "../../src/edge/events.ts";
import { MapperHost } from "../../src/edge/mapperHost/mapperHost.ts";
import { MetaManager } from "../../src/edge/metaManager/metaManager.ts";
import { type EdgeStore, openEdgeStore } from "../../src/edge/store/edgeStore.ts";
import { Bus } from "../../src/shared/kit/bus.ts";
import type { Fields, Logger } from "../../src/shared/kit/logger.ts";
import type { DeviceKey } from "../../src/shared/model/device.ts";
import type { DesiredState } from "../../src/shared/model/twin.ts";
import type { Reading } from "../../src/shared/wire/mapperMessages.ts";
import type { Assignment, DesiredChange } from "../../src/shared/wire/syncFrames.ts";
import { ScriptedMappers } from "./scriptedMappers.ts";
import { settled, TestClock } from "./testClock.ts";

export const KEY: DeviceKey = "default/pump";
export const UID = "uid-1";

type Spec = Assignment["spec"];
type Property = Spec["properties"][number];

export function property(name: string, more: Partial<Property> = {}): Property {
  return {
    name,
    type: "INT",
    accessMode: "ReadWrite",
    collectCycleMs: 1000,
    reportCycleMs: 0,
    reportToCloud: true,
    ...more,
  };
}

/** A Modbus device with the property `speed`, or those given. */
export function assignment(spec: Partial<Spec> = {}, more: Partial<Omit<Assignment, "spec">> = {}): Assignment {
  return {
    spec: {
      key: KEY,
      uid: UID,
      protocol: { name: "modbus", config: { url: "tcp://127.0.0.1:502" } },
      properties: [property("speed")],
      methods: [],
      paused: false,
      reportState: true,
      ...spec,
    },
    digest: "d1",
    desired: [],
    versions: {},
    ...more,
  };
}

export function change(spec: number, value: string, more: Partial<DesiredChange> = {}): DesiredChange {
  return { property: "speed", value, spec, requestedAt: 1, state: "requested", reason: "", ...more };
}

export const good = (value: string, of = "speed"): Reading => ({ property: of, value, quality: "good", reason: "" });

type Told = { readonly [Name in keyof EdgeEvents]: { readonly name: Name } & EdgeEvents[Name] }[keyof EdgeEvents];

const HEARD = [
  "device.assigned",
  "device.removed",
  "assignment.stored",
  "twin.changed",
  "desired.requested",
  "device.judged",
] as const satisfies readonly (keyof EdgeEvents)[];

/** Store, MetaManager, DeviceTwin and MapperHost wired as in edge/main.ts, with turned time and scripted mappers. */
export class EdgeRig {
  readonly dataDir: string;
  readonly clock = new TestClock();
  readonly boot = { id: "boot-1", upMs: () => 1_000_000 + this.clock.monotonic() };
  readonly logged: { readonly level: string; readonly message: string; readonly fields: Fields }[] = [];
  readonly fatal: unknown[] = [];
  readonly told: Told[] = [];
  mappers = new ScriptedMappers();
  registry = new Registry();
  #life: { bus: Bus<EdgeEvents>; store: EdgeStore; twins: DeviceTwin; parts: { stop(): Promise<void> }[] } | undefined;

  constructor(dataDir = mkdtempSync(join(tmpdir(), "edgeloom-rig-"))) {
    this.dataDir = dataDir;
  }

  get bus(): Bus<EdgeEvents> {
    return this.#alive.bus;
  }

  get store(): EdgeStore {
    return this.#alive.store;
  }

  get twins(): DeviceTwin {
    return this.#alive.twins;
  }

  async start(external: readonly string[] = []): Promise<void> {
    const { dataDir, boot, clock, log } = this;
    this.mappers = new ScriptedMappers();
    this.registry = new Registry();
    const bus = new Bus<EdgeEvents>((_, error) => this.fatal.push(error));
    for (const name of HEARD) {
      bus.on(name, (event) => this.told.push({ name, ...event } as Told), new AbortController().signal);
    }
    const store = openEdgeStore({ dataDir, boot, clock, log, onFatal: (error) => this.fatal.push(error) });
    const common = { bus, clock, random: () => 0, registry: this.registry, log };
    const { commits } = store;
    const twins = new DeviceTwin({ ...common, store: store.twins, commits, boot, onUnknownProperties: () => {} });
    const host = new MapperHost({ ...common, twins, startMapper: this.mappers.start, external });
    const meta = new MetaManager({ ...common, store: store.meta, commits });
    this.#life = { bus, store, twins, parts: [meta, host, twins] };
    for (const part of [twins, host, meta]) await part.start();
    await this.quiet();
  }

  async stop(): Promise<void> {
    for (const part of this.#alive.parts) await part.stop();
    this.#alive.store.close();
    this.#life = undefined;
  }

  /** Ends the rig and its directory. */
  async end(): Promise<void> {
    if (this.#life !== undefined) await this.stop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  async restart(): Promise<void> {
    await this.stop();
    this.told.length = 0;
    await this.start();
  }

  /** Resolves once what has happened is on disk and told, and what followed from it, too. */
  async quiet(): Promise<void> {
    for (let round = 0; round < 3; round++) {
      await this.store.commits.settled();
      await settled();
    }
  }

  /** What the hub sends. */
  async assign(given: Assignment): Promise<void> {
    this.bus.emit("assignment.received", { assignment: given });
    await this.quiet();
  }

  async report(...readings: Reading[]): Promise<void> {
    this.bus.emit("twin.reported", { key: KEY, uid: UID, at: this.clock.now(), readings });
    await this.quiet();
  }

  async progress(state: DesiredState, spec: number, local = 0): Promise<void> {
    const order = { spec, local };
    const event = { key: KEY, uid: UID, property: "speed", order, state, reason: "", message: "" };
    this.bus.emit("desired.progressed", event);
    await this.quiet();
  }

  /** Events of one name since the last call, which forgets them. */
  take<Name extends (typeof HEARD)[number]>(name: Name): Extract<Told, { name: Name }>[] {
    const isNamed = (event: Told): event is Extract<Told, { name: Name }> => event.name === name;
    const taken = this.told.filter(isNamed);
    this.told.splice(0, this.told.length, ...this.told.filter((event) => !isNamed(event)));
    return taken;
  }

  speed() {
    return this.twins.twin(KEY)?.properties["speed"];
  }

  get #alive() {
    if (this.#life === undefined) throw new Error("the rig is not started");
    return this.#life;
  }

  readonly log: Logger = {
    debug: (message, fields = {}) => this.#log("debug", message, fields),
    info: (message, fields = {}) => this.#log("info", message, fields),
    warn: (message, fields = {}) => this.#log("warn", message, fields),
    error: (message, fields = {}) => this.#log("error", message, fields),
    child: () => this.log,
  };

  #log(level: string, message: string, fields: Fields): void {
    this.logged.push({ level, message, fields });
  }
}
