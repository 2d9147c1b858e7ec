import { isFault } from "../../shared/kit/fault.ts";
import type { Logger } from "../../shared/kit/logger.ts";
import { type Clock, slept } from "../../shared/kit/time.ts";
import type { DeviceKey, DeviceSpec } from "../../shared/model/device.ts";
import type { Acceptance } from "../../shared/model/twin.ts";
import { checkToMapper, type FromMapper, type ToMapper } from "../../shared/wire/mapperMessages.ts";
import type { Driver } from "../driver.ts";
import { type Judgement, judge } from "./judge.ts";
import { LineTable } from "./lineTable.ts";
import { ServedDevice } from "./servedDevice.ts";
import { WriteBook } from "./writeBook.ts";

const STATS_MS = 5000;

/** The mapper's end of the channel to the edge. */
export interface RuntimeChannel {
  send(message: FromMapper): void;
  /** What comes in is not checked yet. */
  onMessage(handler: (message: unknown) => void): void;
}

export interface RuntimeParts {
  readonly driver: Driver;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  /** Something that is no Fault, and so a bug: the mapper has to start anew. */
  readonly onCrash: (error: unknown) => void;
}

/** What the runtime holds of one device, served or not. */
interface Entry {
  readonly spec: DeviceSpec;
  readonly judgement: Judgement;
  readonly writes: WriteBook;
  readonly device?: ServedDevice;
}

/** Serves devices over one driver, as the edge says; says `ready` at once. `close` ends all lines. */
export function startRuntime(channel: RuntimeChannel, parts: RuntimeParts): { close(): Promise<void> } {
  const runtime = new Runtime(channel, parts);
  channel.send({ kind: "ready", protocol: parts.driver.name });
  channel.onMessage((message) => runtime.receive(message));
  runtime.tellStats().catch(parts.onCrash);
  return { close: () => runtime.close() };
}

class Runtime {
  readonly #send: (message: FromMapper) => void;
  readonly #parts: RuntimeParts;
  readonly #entries = new Map<DeviceKey, Entry>();
  readonly #lines: LineTable;
  readonly #stop = new AbortController();

  constructor(channel: RuntimeChannel, parts: RuntimeParts) {
    this.#send = (message) => {
      if (!this.#stop.signal.aborted) channel.send(message);
    };
    this.#parts = parts;
    this.#lines = new LineTable(parts);
  }

  receive(input: unknown): void {
    try {
      this.#take(checkToMapper.value(input));
    } catch (error) {
      if (isFault(error, "data")) this.#parts.log.error("message from the edge dropped", { fault: error.message });
      else this.#parts.onCrash(error);
    }
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#lines.close();
  }

  /** Until `close`. */
  async tellStats(): Promise<void> {
    const { signal } = this.#stop;
    while (await slept(this.#parts.clock, STATS_MS, signal)) {
      this.#send({ kind: "stats", lines: this.#lines.takeStats() });
    }
  }

  #take(message: ToMapper): void {
    switch (message.kind) {
      case "devices":
        for (const spec of message.devices) this.#assign(spec);
        return;
      case "forget":
        for (const key of message.keys) this.#forget(key);
        return;
      case "write": {
        const entry = this.#entries.get(message.key);
        if (entry === undefined || entry.spec.uid !== message.uid || entry.judgement.kind === "external") return;
        entry.writes.take(message, entry.device?.points ?? [], this.#parts.clock.monotonic());
        if (entry.device) this.#lines.wake(entry.device);
        return;
      }
    }
  }

  /** Takes a device as it is now. One that keeps its line keeps the session, too. */
  #assign(spec: DeviceSpec): void {
    const before = this.#entries.get(spec.key);
    const writes = before?.spec.uid === spec.uid ? before.writes : this.#writesOf(spec);
    const judged = judge(this.#parts.driver, spec);
    const old = before?.device;
    old?.retire();
    const keepsLine = old !== undefined && judged.kind === "served" && this.#lines.isAlike(old, judged);
    if (old !== undefined && !keepsLine) this.#lines.remove(old);
    this.#install(spec, writes, judged);
    if (old !== undefined && keepsLine) this.#lines.remove(old);
    this.#retryConflicts();
  }

  #install(spec: DeviceSpec, writes: WriteBook, judged: Judgement): void {
    const judgement = judged.kind === "served" ? this.#lines.admit(spec, judged) : judged;
    const { key, uid } = spec;
    this.#send({ kind: "acceptance", key, uid, ...judgement.acceptance });
    if (judgement.kind === "served") {
      const device = new ServedDevice(spec, judgement, this.#partsOf(writes));
      this.#entries.set(key, { spec, judgement, writes, device });
      device.report(judgement.unserved.map(({ property, reason }) => ({ property, quality: "bad", reason })));
      if (spec.paused) device.pause();
      writes.aimAll(device.points);
      this.#lines.add(device);
    } else {
      this.#entries.set(key, { spec, judgement, writes });
      if (judgement.kind === "refused") this.#tellRefused(spec, judgement.acceptance);
    }
  }

  /** Nobody reads a refused device, and its values say so. */
  #tellRefused({ key, uid, properties }: DeviceSpec, { reason, message }: Acceptance): void {
    const at = this.#parts.clock.now();
    this.#send({ kind: "state", key, uid, state: "unknown", reason, message, at });
    if (properties.length === 0) return;
    const readings = properties.map(({ name }) => ({ property: name, quality: "bad" as const, reason }));
    this.#send({ kind: "reported", key, uid, at, readings });
  }

  #forget(key: DeviceKey): void {
    const device = this.#entries.get(key)?.device;
    this.#entries.delete(key);
    if (device === undefined) return;
    device.retire();
    this.#lines.remove(device);
    this.#retryConflicts();
  }

  /** A line whose settings were another device's may be free now. */
  #retryConflicts(): void {
    for (const { spec, judgement, writes } of this.#entries.values()) {
      if (judgement.acceptance.reason !== "LineConflict") continue;
      const judged = judge(this.#parts.driver, spec);
      if (judged.kind === "served" && this.#lines.admit(spec, judged).kind === "served") {
        this.#install(spec, writes, judged);
      }
    }
  }

  #writesOf({ key, uid }: DeviceSpec): WriteBook {
    return new WriteBook(this.#parts.driver, (progress) => this.#send({ kind: "progress", key, uid, ...progress }));
  }

  #partsOf(writes: WriteBook) {
    const { clock, random, log } = this.#parts;
    return { clock, random, log, writes, send: this.#send };
  }
}
