import type { Bus } from "../../shared/kit/bus.ts";
import { Fault, isFault } from "../../shared/kit/fault.ts";
import { FrameLink, LINK_TIMING, type LinkEnd, type LinkTiming } from "../../shared/kit/frameLink.ts";
import type { Logger } from "../../shared/kit/logger.ts";
import { type Clock, slept } from "../../shared/kit/time.ts";
import { Tolerance } from "../../shared/kit/tolerance.ts";
import type { DeviceKey } from "../../shared/model/device.ts";
import { CLOSE } from "../../shared/wire/closeCodes.ts";
import { packFrame } from "../../shared/wire/packFrame.ts";
import {
  checkHubFrame,
  type EdgeFrame,
  type HubFrame,
  MAX_FRAME_BYTES,
  SYNC_PROTOCOL,
} from "../../shared/wire/syncFrames.ts";
import type { EdgeEvents } from "../events.ts";
import type { Dialled } from "./dial.ts";
import type { EdgeHubMetrics } from "./edgeHubMetrics.ts";
import { Outbox, type OutboxStore } from "./outbox.ts";

type HubHello = Extract<HubFrame, { kind: "hub.hello" }>;

export interface EdgeHubTiming extends LinkTiming {
  /** For connecting, and then for the hub's hello. */
  readonly openMs: number;
  /** A report that was not acknowledged for so long is sent again. */
  readonly acknowledgeMs: number;
}

export const EDGE_HUB_TIMING: EdgeHubTiming = { ...LINK_TIMING, openMs: 10_000, acknowledgeMs: 30_000 };

/** A sixth frame within a minute that is none ends the session. */
const MALFORMED = { mistakes: 5, withinMs: 60_000 };

interface HubSessionParts {
  readonly dialled: Dialled;
  readonly store: OutboxStore;
  readonly bus: Bus<EdgeEvents>;
  readonly version: string;
  readonly site: string | undefined;
  readonly onHello: (hello: HubHello) => void;
  readonly timing: EdgeHubTiming;
  readonly metrics: EdgeHubMetrics;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The edge's side of the conversation with the hub, over one connection. */
export class HubSession {
  readonly #parts: HubSessionParts;
  readonly #link: FrameLink;
  readonly #outbox: Outbox;
  readonly #life = new AbortController();
  readonly #malformed = new Tolerance(MALFORMED);
  readonly #stored = new Map<DeviceKey, { readonly uid: string; readonly digest: string }>();
  #helloSent = false;
  #welcomed = false;

  constructor(parts: HubSessionParts) {
    this.#parts = parts;
    const { dialled, store, clock, timing, log, metrics } = parts;
    this.#outbox = new Outbox({
      store,
      clock,
      onSent: ({ reported, desired }) => {
        metrics.reports.inc({ step: "sent" });
        metrics.propertiesSent.inc(reported.length + desired.length);
      },
      onTooLarge: (device) => {
        metrics.reports.inc({ step: "tooLarge" });
        log.error("report too large for a frame, not sent", { device });
      },
    });
    this.#link = new FrameLink({
      socket: dialled.socket,
      bytesRead: () => dialled.transport.bytesRead,
      clock,
      timing,
      next: () => this.#nextFrame(),
      onFrame: (text) => this.#onFrame(text),
    });
  }

  /** Talks until the link is gone; rejects on a bug or when the store fails. */
  async run(): Promise<LinkEnd> {
    const { bus } = this.#parts;
    const { signal } = this.#life;
    bus.on("assignment.stored", (stored) => this.#onStored(stored), signal);
    bus.on("twin.changed", ({ key }) => this.#onNews(key), signal);
    const patience = this.#keepTime();
    try {
      return await this.#link.run();
    } finally {
      this.#life.abort();
      await patience;
    }
  }

  close(code: number, reason: string): void {
    this.#link.close(code, reason);
  }

  #onStored({ key, uid, digest }: EdgeEvents["assignment.stored"]): void {
    this.#stored.set(key, { uid, digest });
    this.#link.wake();
  }

  #onNews(key: DeviceKey): void {
    this.#outbox.add(key);
    this.#link.wake();
  }

  /** Sees that the hub says hello, and that reports without an answer are repeated. */
  async #keepTime(): Promise<void> {
    const { clock, timing, metrics, log } = this.#parts;
    const { signal } = this.#life;
    if (!(await slept(clock, timing.openMs, signal))) return;
    if (!this.#welcomed) this.close(CLOSE.misbehaved, `no hello from the hub within ${timing.openMs} ms`);
    while (await slept(clock, timing.acknowledgeMs / 4, signal)) {
      const late = this.#outbox.repeatAfter(timing.acknowledgeMs);
      if (late === 0) continue;
      metrics.reports.inc({ step: "late" }, late);
      log.warn("reports not acknowledged, sent again", { reports: late });
      this.#link.wake();
    }
  }

  #nextFrame(): string | undefined {
    const [kind, frame] = this.#compose();
    if (frame === undefined) return undefined;
    const { metrics } = this.#parts;
    metrics.frames.inc({ direction: "out", kind });
    metrics.bytes.inc({ direction: "out" }, Buffer.byteLength(frame));
    return frame;
  }

  #compose(): [kind: EdgeFrame["kind"], frame: string | undefined] {
    if (!this.#helloSent) {
      this.#helloSent = true;
      return ["edge.hello", this.#hello()];
    }
    if (!this.#welcomed) return ["status", undefined];
    const { frame, taken } = packFrame("assignAck", this.#stored.keys(), (key) => {
      const stored = this.#stored.get(key);
      return stored && { key, ...stored };
    });
    for (const key of taken) this.#stored.delete(key);
    return frame === undefined ? ["status", this.#outbox.next()] : ["assignAck", frame];
  }

  #hello(): string {
    const { store, version, site } = this.#parts;
    const devices = store.holdings().map(({ key, uid, digest, rev }) => ({ key, uid, digest, rev }));
    const hello: EdgeFrame = { kind: "edge.hello", protocol: SYNC_PROTOCOL, version, store: store.id, site, devices };
    const text = JSON.stringify(hello);
    if (Buffer.byteLength(text) <= MAX_FRAME_BYTES) return text;
    const problem = `this edge has ${devices.length} devices, more than its hello to the hub can name in ${MAX_FRAME_BYTES} bytes`;
    throw new Fault("data.tooLarge", `${problem}; spread them over several edges`);
  }

  #onFrame(text: string | undefined): void {
    const frame = this.#parse(text);
    if (frame === undefined) return;
    if (this.#welcomed === (frame.kind === "hub.hello")) this.#dropFrame(`${frame.kind} out of place`);
    else this.#follow(frame);
    this.#link.wake();
  }

  #follow(frame: HubFrame): void {
    const { bus, metrics, log, onHello } = this.#parts;
    switch (frame.kind) {
      case "hub.hello":
        this.#welcomed = true;
        this.#outbox.begin(frame.held);
        onHello(frame);
        break;
      case "assign":
        metrics.assignments.inc(frame.devices.length);
        for (const assignment of frame.devices) bus.emit("assignment.received", { assignment });
        break;
      case "unassign":
        metrics.withdrawals.inc(frame.devices.length);
        for (const { key, uid } of frame.devices) {
          this.#outbox.forget(key);
          bus.emit("assignment.withdrawn", { key, uid });
        }
        break;
      case "synced":
        log.debug("the hub has sent all assignments");
        break;
      case "statusAck":
        metrics.reports.inc({ step: "acknowledged" }, frame.devices.length);
        for (const acknowledged of frame.devices) this.#outbox.acknowledge(acknowledged);
    }
  }

  #parse(text: string | undefined): HubFrame | undefined {
    const { metrics } = this.#parts;
    if (text === undefined) return this.#dropFrame("a binary frame");
    try {
      const frame = checkHubFrame.text(text);
      metrics.frames.inc({ direction: "in", kind: frame.kind });
      metrics.bytes.inc({ direction: "in" }, Buffer.byteLength(text));
      return frame;
    } catch (error) {
      if (!isFault(error, "data")) throw error;
      return this.#dropFrame(error.message);
    }
  }

  #dropFrame(problem: string): undefined {
    const { metrics, log, clock } = this.#parts;
    metrics.malformedFrames.inc();
    log.warn("frame from the hub dropped", { problem });
    if (this.#malformed.exceededBy(clock.monotonic())) this.close(CLOSE.misbehaved, problem);
  }
}
