import { isFault, textOf } from "../../shared/kit/fault.ts";
import { FrameLink, type FrameSocket, LINK_TIMING, type LinkEnd, type LinkTiming } from "../../shared/kit/frameLink.ts";
import type { Logger } from "../../shared/kit/logger.ts";
import { type Clock, slept } from "../../shared/kit/time.ts";
import { Tolerance } from "../../shared/kit/tolerance.ts";
import type { DeviceKey } from "../../shared/model/device.ts";
import { CLOSE } from "../../shared/wire/closeCodes.ts";
import {
  checkEdgeFrame,
  type DeviceStatusReport,
  type EdgeFrame,
  type HubFrame,
  SYNC_PROTOCOL,
} from "../../shared/wire/syncFrames.ts";
import type { Assignments, StatusSink } from "./assignments.ts";
import type { HubMetrics } from "./hubMetrics.ts";
import { SessionOutbox } from "./sessionOutbox.ts";

type EdgeHello = Extract<EdgeFrame, { kind: "edge.hello" }>;

export interface HubTiming extends LinkTiming {
  /** How long an edge has for its hello. */
  readonly helloMs: number;
  /** How long a stop waits for reports that are on their way to the API. */
  readonly drainMs: number;
}

export const HUB_TIMING: HubTiming = { ...LINK_TIMING, helloMs: 10_000, drainMs: 1500 };

/** A sixth frame within a minute that is none ends the session. */
const MALFORMED = { mistakes: 5, withinMs: 60_000 };

interface EdgeSessionParts {
  /** From the certificate. */
  readonly node: string;
  readonly session: number;
  readonly socket: FrameSocket;
  readonly bytesRead: () => number;
  readonly assignments: Assignments;
  readonly sink: StatusSink;
  readonly version: string;
  readonly reconnectCapMs: () => number;
  /** The edge has said hello, and is about to be answered. */
  readonly onHello: (hello: EdgeHello) => void;
  readonly timing: HubTiming;
  readonly metrics: HubMetrics;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The hub's side of the conversation with one edge, from its hello to the end of the link. */
export class EdgeSession {
  readonly #parts: EdgeSessionParts;
  readonly #link: FrameLink;
  readonly #life = new AbortController();
  readonly #malformed = new Tolerance(MALFORMED);
  readonly #storing = new Map<DeviceKey, Promise<void>>();
  readonly #refused = new Set<DeviceKey>();
  #store = "";
  #outbox: SessionOutbox | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(parts: EdgeSessionParts) {
    this.#parts = parts;
    const { socket, bytesRead, clock, timing } = parts;
    this.#link = new FrameLink({
      socket,
      bytesRead,
      clock,
      timing,
      next: () => this.#nextFrame(),
      onFrame: (text) => this.#onFrame(text),
    });
  }

  get node(): string {
    return this.#parts.node;
  }

  get session(): number {
    return this.#parts.session;
  }

  get saidHello(): boolean {
    return this.#outbox !== undefined;
  }

  /** Resolves when the session is over; rejects on a bug. */
  async run(): Promise<LinkEnd> {
    const patience = this.#awaitHello();
    try {
      const end = await this.#link.run();
      if (this.#failure) throw this.#failure.error;
      return end;
    } finally {
      this.#life.abort();
      await patience;
    }
  }

  /** The book says something new of this device. */
  changed(key: DeviceKey): void {
    this.#outbox?.change(key);
    this.#link.wake();
  }

  close(code: number, reason: string): void {
    this.#link.close(code, reason);
  }

  /** Waits a moment for the reports that are on their way into the API, so that they are still acknowledged. */
  async drain(): Promise<void> {
    const { clock, timing } = this.#parts;
    await Promise.race([Promise.all(this.#storing.values()), slept(clock, timing.drainMs, this.#life.signal)]);
  }

  async #awaitHello(): Promise<void> {
    const { clock, timing } = this.#parts;
    const isOpen = await slept(clock, timing.helloMs, this.#life.signal);
    if (isOpen && this.#outbox === undefined) this.close(CLOSE.misbehaved, `no hello within ${timing.helloMs} ms`);
  }

  #nextFrame(): string | undefined {
    const frame = this.#outbox?.next();
    if (frame === undefined) return undefined;
    const { metrics } = this.#parts;
    metrics.frames.inc({ direction: "out", kind: kindOf(frame) });
    metrics.bytes.inc({ direction: "out" }, Buffer.byteLength(frame));
    return frame;
  }

  #onFrame(text: string | undefined): void {
    const frame = this.#parse(text);
    switch (frame?.kind) {
      case undefined:
        break;
      case "edge.hello":
        if (this.#outbox === undefined) this.#onHello(frame);
        else this.#dropFrame("a second hello");
        break;
      case "status":
        if (this.#outbox === undefined) this.#dropFrame("status before hello");
        else for (const report of frame.devices) this.#onReport(report, this.#outbox);
        break;
      case "assignAck": // What the edge has on disk it says again in its next hello, which is what counts.
    }
    this.#link.wake();
  }

  #parse(text: string | undefined): EdgeFrame | undefined {
    const { metrics } = this.#parts;
    if (text === undefined) return this.#dropFrame("a binary frame");
    try {
      const frame = checkEdgeFrame.text(text);
      metrics.frames.inc({ direction: "in", kind: frame.kind });
      metrics.bytes.inc({ direction: "in" }, Buffer.byteLength(text));
      return frame;
    } catch (error) {
      if (!isFault(error, "data")) throw error;
      return this.#dropFrame(error.message);
    }
  }

  #onHello(edgeHello: EdgeHello): void {
    const { node, assignments, sink, version, reconnectCapMs, clock, log, metrics, onHello } = this.#parts;
    this.#store = edgeHello.store;
    onHello(edgeHello);
    const hello: HubFrame = {
      kind: "hub.hello",
      protocol: SYNC_PROTOCOL,
      version,
      reconnectCapMs: reconnectCapMs(),
      now: clock.now(),
      held: [...sink.held(node, edgeHello.store)],
    };
    const onTooLarge = (device: DeviceKey) => log.error("device too large for a frame, not assigned", { node, device });
    const onAssigned = (devices: number) => metrics.assignments.inc(devices);
    this.#outbox = new SessionOutbox({ node, assignments, hello, edgeHello, onTooLarge, onAssigned });
  }

  #onReport(report: DeviceStatusReport, outbox: SessionOutbox): void {
    const { node, assignments, metrics, log } = this.#parts;
    const { key, uid } = report;
    if (assignments.get(node, key)?.spec.uid !== uid) {
      metrics.reports.inc({ result: "refused" });
      if (!this.#refused.has(key)) log.warn("report of a device that is not the node's", { node, device: key, uid });
      this.#refused.add(key);
      outbox.refuse(key, uid);
    } else if (this.#storing.has(key)) {
      // An edge has one report per device on its way; one that sends more gets one answer.
      metrics.reports.inc({ result: "overlapping" });
    } else {
      this.#storing.set(key, this.#storeReport(report, outbox));
    }
  }

  async #storeReport(report: DeviceStatusReport, outbox: SessionOutbox): Promise<void> {
    const { node, sink, metrics, log } = this.#parts;
    const { key, uid, rev } = report;
    await undefined; // It must be in #storing before it can leave.
    try {
      await sink.receive(node, this.#store, report);
      metrics.reports.inc({ result: "stored" });
      outbox.acknowledge(key, uid, rev);
      this.#link.wake();
    } catch (error) {
      if (!isFault(error)) this.#fail(error);
      else if (error.code === "state.stale") this.#tellHeld(report, outbox);
      else log.warn("report not stored", { node, device: key, fault: error });
      metrics.reports.inc({ result: "failed" });
    } finally {
      this.#storing.delete(key);
    }
  }

  /** The report builds on what is not held here (any more): the edge is told what is, and goes on from there. */
  #tellHeld({ key, uid }: DeviceStatusReport, outbox: SessionOutbox): void {
    const held = this.#parts.sink.held(this.#parts.node, this.#store).find((device) => device.key === key);
    outbox.acknowledge(key, uid, held?.uid === uid ? held.rev : 0);
    this.#link.wake();
  }

  #dropFrame(problem: string): undefined {
    const { node, metrics, log, clock } = this.#parts;
    metrics.malformedFrames.inc();
    log.warn("frame dropped", { node, problem });
    // Without a hello nothing else can follow; with one, a few slips are borne.
    const tooMany = this.#malformed.exceededBy(clock.monotonic());
    if (tooMany || this.#outbox === undefined) this.close(CLOSE.misbehaved, problem);
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#link.close(CLOSE.failed, `the hub failed: ${textOf(error)}`);
  }
}

/** `kind` is the first entry of every frame that we make. */
function kindOf(frame: string): string {
  return frame.slice('{"kind":"'.length, frame.indexOf('"', '{"kind":"'.length));
}
