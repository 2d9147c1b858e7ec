import { startRuntime } from "../../src/mappers/runtime/runtime.ts";
import type { DeviceKey, DeviceProperty, DeviceSpec, JsonObject } from "../../src/shared/model/device.ts";
import { checkFromMapper, type FromMapper } from "../../src/shared/wire/mapperMessages.ts";
import { FakeDriver } from "./fakeDriver.ts";
import { quietLog } from "./quietLog.ts";
import { TestClock } from "./testClock.ts";

type Kind = FromMapper["kind"];
type OfKind<K extends Kind> = Extract<FromMapper, { kind: K }>;

interface WriteRequest {
  readonly value: string;
  readonly order?: number;
  readonly verifyOnly?: boolean;
  readonly timeLeftMs?: number;
}

/** The runtime over a FakeDriver, with the time in the test's hand and all that it says to the edge. */
export class RuntimeRig {
  readonly driver = new FakeDriver();
  readonly clock = new TestClock();
  readonly said: FromMapper[] = [];
  readonly crashes: unknown[] = [];
  readonly close: () => Promise<void>;
  #receive: (message: unknown) => void = () => {};

  constructor({ random = () => 0 }: { random?: () => number } = {}) {
    const channel = {
      send: (message: FromMapper) => void this.said.push(checkFromMapper.value(message)),
      onMessage: (handler: (message: unknown) => void) => {
        this.#receive = handler;
      },
    };
    const { driver, clock } = this;
    const onCrash = (error: unknown) => void this.crashes.push(error);
    const runtime = startRuntime(channel, { driver, clock, random, log: quietLog, onCrash });
    this.close = () => runtime.close();
  }

  assign(...devices: readonly DeviceSpec[]): void {
    this.#receive(structuredClone({ kind: "devices", devices }));
  }

  forget(...keys: readonly DeviceKey[]): void {
    this.#receive({ kind: "forget", keys });
  }

  /** Asks for a value of a property; `order` is its number in the spec. */
  write(key: DeviceKey, property: string, { value, order = 1, verifyOnly = false, timeLeftMs }: WriteRequest): void {
    const uid = key.replace("d/", "uid-");
    const time = timeLeftMs === undefined ? {} : { timeLeftMs };
    this.#receive({ kind: "write", key, uid, property, order: { spec: order, local: 0 }, value, verifyOnly, ...time });
  }

  /** Whatever a broken edge might send. */
  sendRaw(message: unknown): void {
    this.#receive(message);
  }

  of<K extends Kind>(kind: K): OfKind<K>[] {
    return this.said.filter((message): message is OfKind<K> => message.kind === kind);
  }

  /** `property=value` or `property!reason`, in the order in which they were reported. */
  readings(key: DeviceKey): string[] {
    return this.of("reported")
      .filter((message) => message.key === key)
      .flatMap(({ readings }) => readings)
      .map(({ property, value, quality, reason }) =>
        quality === "good" ? `${property}=${value}` : `${property}!${quality} ${reason}`,
      );
  }

  states(key: DeviceKey): string[] {
    return this.of("state")
      .filter((message) => message.key === key)
      .map(({ state, reason }) => `${state} ${reason}`.trim());
  }

  /** `property order state reason` of each step. */
  steps(): string[] {
    return this.of("progress").map(({ property, order, state, reason }) =>
      `${property} ${order.spec}.${order.local} ${state} ${reason}`.trim(),
    );
  }
}

/** A device of the FakeDriver whose properties are at the place of their own name. */
export function fakeDevice(
  name: string,
  properties: Readonly<Record<string, Partial<DeviceProperty> & { readonly config?: JsonObject }>>,
  { config = { host: "h" }, ...rest }: Partial<Omit<DeviceSpec, "properties">> & { readonly config?: JsonObject } = {},
): DeviceSpec {
  return {
    key: `d/${name}`,
    uid: `uid-${name}`,
    protocol: { name: "fake", config },
    properties: Object.entries(properties).map(([property, { config: visitor = { at: property }, ...own }]) => ({
      name: property,
      type: "DOUBLE",
      accessMode: "ReadWrite",
      visitor: { protocol: "fake", config: visitor },
      collectCycleMs: 1000,
      reportCycleMs: 0,
      reportToCloud: true,
      ...own,
    })),
    methods: [],
    paused: false,
    reportState: true,
    ...rest,
  };
}
