import { startInline } from "../../src/mappers/commands/inline.ts";
import type { DeviceKey, DeviceSpec, JsonObject } from "../../src/shared/model/device.ts";
import type { PropertyType } from "../../src/shared/model/value.ts";
import type { MapperChannel } from "../../src/shared/wire/mapperChannel.ts";
import { checkFromMapper, type FromMapper, type ToMapper } from "../../src/shared/wire/mapperMessages.ts";
import { quietLog } from "./quietLog.ts";

type OfKind<K extends FromMapper["kind"]> = Extract<FromMapper, { kind: K }>;

/** A mapper as the edge starts it, in real time, and all that it says. */
export class LiveMapper {
  readonly said: FromMapper[] = [];
  readonly channel: MapperChannel;
  exit: string | undefined;
  readonly #waiting = new Set<() => void>();

  constructor(channel: MapperChannel = startInline(quietLog)("modbus")) {
    this.channel = channel;
    channel.onMessage((message) => {
      this.said.push(checkFromMapper.value(message));
      for (const look of this.#waiting) look();
    });
    channel.onExit((reason) => {
      this.exit = reason;
      for (const look of this.#waiting) look();
    });
  }

  assign(...devices: readonly DeviceSpec[]): void {
    this.channel.send({ kind: "devices", devices: structuredClone(devices) } as ToMapper); // readonly only
  }

  write(key: DeviceKey, property: string, value: string, spec = 1): void {
    const order = { spec, local: 0 };
    this.channel.send({ kind: "write", key, uid: "u", property, order, value, verifyOnly: false });
  }

  of<K extends FromMapper["kind"]>(kind: K): OfKind<K>[] {
    return this.said.filter((message): message is OfKind<K> => message.kind === kind);
  }

  /** Resolves when what was said fulfils the condition. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!condition()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** `value` or `quality reason` of a property, newest last. */
  shown(key: DeviceKey, property: string): string[] {
    return this.of("reported")
      .filter((message) => message.key === key)
      .flatMap(({ readings }) => readings.filter((reading) => reading.property === property))
      .map(({ value, quality, reason }) => (quality === "good" ? String(value) : `${quality} ${reason}`));
  }

  states(key: DeviceKey): string[] {
    return this.of("state")
      .filter((message) => message.key === key)
      .map(({ state, reason }) => `${state} ${reason}`.trim());
  }
}

/** A Modbus device as a manifest has it: `[type, visitors.configData]` per property. */
export function modbusSpec(
  key: DeviceKey,
  config: JsonObject,
  properties: Readonly<Record<string, readonly [PropertyType, JsonObject]>>,
  collectCycleMs = 20,
): DeviceSpec {
  return {
    key,
    uid: "u",
    protocol: { name: "modbus", config },
    properties: Object.entries(properties).map(([name, [type, visitor]]) => ({
      name,
      type,
      accessMode: "ReadWrite",
      visitor: { protocol: "modbus", config: visitor },
      collectCycleMs,
      reportCycleMs: 0,
      reportToCloud: true,
    })),
    methods: [],
    paused: false,
    reportState: true,
  };
}
