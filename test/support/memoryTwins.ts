import type { Twins, TwinView } from "../../src/edge/eventBus/twins.ts";
import type { EdgeEvents } from "../../src/edge/events.ts";
import { Bus } from "../../src/shared/kit/bus.ts";
import { Fault } from "../../src/shared/kit/fault.ts";
import type { DeviceKey, DeviceProperty } from "../../src/shared/model/device.ts";
import type {
  ChangeOrder,
  Desired,
  DesiredState,
  Reported,
  StateReport,
  TwinProperty,
} from "../../src/shared/model/twin.ts";
import type { Assignment } from "../../src/shared/wire/syncFrames.ts";

type DeviceSpec = Assignment["spec"];

interface MemoryTwin {
  spec: DeviceSpec;
  properties: Record<string, TwinProperty>;
  state: StateReport;
  rev: number;
}

/** A device of the given properties, ReadWrite DOUBLE where nothing else is said. */
export function deviceSpec(
  properties: readonly ({ readonly name: string } & Partial<DeviceProperty>)[],
  rest: Partial<DeviceSpec> = {},
): DeviceSpec {
  return {
    key: "default/pump",
    uid: "uid-1",
    protocol: { name: "modbus", config: {} },
    properties: properties.map((property) => ({
      type: "DOUBLE",
      accessMode: "ReadWrite",
      collectCycleMs: 1000,
      reportCycleMs: 0,
      reportToCloud: true,
      ...property,
    })),
    methods: [],
    paused: false,
    reportState: true,
    ...rest,
  };
}

/** DeviceTwin without a disk: what EventBus asks and hears, driven by the test. */
export class MemoryTwins implements Twins {
  readonly bus: Bus<EdgeEvents>;
  readonly errors: unknown[] = [];
  readonly #twins = new Map<DeviceKey, MemoryTwin>();
  /** Replaced by a test that wants the disk to be slow. */
  stored: () => Promise<void> = () => Promise.resolve();

  constructor() {
    this.bus = new Bus<EdgeEvents>((_name, error) => this.errors.push(error));
    const { signal } = new AbortController();
    this.bus.on(
      "twin.reported",
      ({ key, at, readings }) => {
        for (const { property, value, quality, reason } of readings) {
          this.report(key, property, { at, quality, reason, ...(typeof value === "string" ? { value } : {}) });
        }
      },
      signal,
    );
    this.bus.on(
      "device.stateReported",
      ({ key, state, reason, message, at }) => this.say(key, { state, reason, message, since: at }),
      signal,
    );
    this.bus.on("desired.progressed", ({ key, property, state }) => this.progress(key, property, state), signal);
  }

  assign(spec: DeviceSpec): void {
    const before = this.#twins.get(spec.key);
    const kept = before?.spec.uid === spec.uid ? before : undefined;
    this.#twins.set(spec.key, {
      spec,
      properties: kept?.properties ?? {},
      state: kept?.state ?? { state: "unknown", reason: "", message: "", since: 0 },
      rev: kept?.rev ?? 0,
    });
    this.bus.emit("device.assigned", { assignment: { spec, digest: "", desired: [], versions: {} }, fresh: true });
  }

  remove(key: DeviceKey): void {
    const { spec } = this.#get(key);
    this.#twins.delete(key);
    this.bus.emit("device.removed", { key, uid: spec.uid, spec });
  }

  report(key: DeviceKey, property: string, news: Omit<Reported, "version"> & { readonly version?: number }): void {
    const twin = this.#get(key);
    const version = (twin.properties[property]?.reported?.version ?? 0) + 1;
    const reported = { version, ...news };
    twin.properties[property] = { ...twin.properties[property], reported };
    this.#tell(twin, { reported: [{ property, reported }] });
  }

  say(key: DeviceKey, state: StateReport): void {
    const twin = this.#get(key);
    twin.state = state;
    this.#tell(twin, { state });
  }

  /** Takes the open change of a property a step further. */
  progress(key: DeviceKey, property: string, state: DesiredState, reason = "", message = ""): void {
    const twin = this.#get(key);
    const before = twin.properties[property]?.desired;
    if (before === undefined) throw new Error(`nothing is desired of ${property}`);
    const desired = { ...before, state, reason, message };
    twin.properties[property] = { ...twin.properties[property], desired };
    this.#tell(twin, { desired: [{ property, desired }] });
  }

  /** What the cloud asks for. */
  desire(
    key: DeviceKey,
    property: string,
    value: string,
    order: ChangeOrder,
    origin: Desired["origin"] = "spec",
  ): void {
    const twin = this.#get(key);
    const desired: Desired = { value, order, origin, requestedAt: 5, state: "sent", reason: "", message: "" };
    twin.properties[property] = { ...twin.properties[property], desired };
    this.#tell(twin, { desired: [{ property, desired }] });
    const { uid } = twin.spec;
    this.bus.emit("desired.requested", { key, uid, property, value, order, origin, state: "sent" });
  }

  async set(
    key: DeviceKey,
    property: string,
    value: string,
    options: { readonly ttlMs?: number },
  ): Promise<ChangeOrder> {
    this.sets.push({ property, value, ...options });
    const twin = this.#twins.get(key);
    if (twin === undefined) throw new Fault("data.unknown", "no such device");
    const last = twin.properties[property]?.desired?.order ?? { spec: 0, local: 0 };
    const order = { spec: last.spec, local: last.local + 1 };
    await this.stored();
    setImmediate(() => this.desire(key, property, value, order, "mqtt"));
    return order;
  }

  readonly sets: { readonly property: string; readonly value: string; readonly ttlMs?: number }[] = [];

  twin(key: DeviceKey): TwinView | undefined {
    return this.#twins.get(key);
  }

  async settled(): Promise<void> {
    await this.stored();
  }

  #get(key: DeviceKey): MemoryTwin {
    const twin = this.#twins.get(key);
    if (twin === undefined) throw new Error(`no device ${key}`);
    return twin;
  }

  #tell(twin: MemoryTwin, news: Partial<EdgeEvents["twin.changed"]>): void {
    const { key, uid } = twin.spec;
    twin.rev += 1;
    this.bus.emit("twin.changed", { key, uid, rev: twin.rev, reported: [], desired: [], ...news });
  }
}
