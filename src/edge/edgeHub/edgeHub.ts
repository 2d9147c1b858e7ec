import type { Registry } from "prom-client";
import type { Bus } from "../../shared/kit/bus.ts";
import { isFault, textOf } from "../../shared/kit/fault.ts";
import type { Service } from "../../shared/kit/lifecycle.ts";
import type { Logger } from "../../shared/kit/logger.ts";
import { type Clock, slept } from "../../shared/kit/time.ts";
import { CLOSE } from "../../shared/wire/closeCodes.ts";
import type { EdgeEvents } from "../events.ts";
import { type CertificateFiles, dial, type TlsSession } from "./dial.ts";
import { EdgeHubMetrics } from "./edgeHubMetrics.ts";
import { type EdgeHubTiming, HubSession } from "./hubSession.ts";
import type { OutboxStore } from "./outbox.ts";

const FIRST_DELAY_MS = 500;
const DELAY_CAP_MS = 4000;
/** A connection that lasted less did not work out, so the delays go on growing. */
const STABLE_MS = 10_000;

interface EdgeHubParts {
  /** wss://host:port */
  readonly url: string;
  readonly files: CertificateFiles;
  readonly store: OutboxStore;
  readonly bus: Bus<EdgeEvents>;
  /** Of Edgeloom, for the hello. */
  readonly version: string;
  readonly site: string | undefined;
  readonly timing: EdgeHubTiming;
  readonly registry: Registry;
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
  readonly log: Logger;
}

/** Keeps the link to the hub, for as long as it runs; the edge does its work with or without it. */
export class EdgeHub implements Service {
  readonly name = "edgeHub";
  readonly #parts: EdgeHubParts;
  readonly #metrics: EdgeHubMetrics;
  readonly #life = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #session: HubSession | undefined;
  #tlsSession: TlsSession | undefined;
  #capMs = DELAY_CAP_MS;
  #connected = false;
  #lastProblem: string | undefined;

  constructor(parts: EdgeHubParts) {
    this.#parts = parts;
    this.#metrics = new EdgeHubMetrics(parts.registry);
  }

  /** true between the hub's hello and the end of the link. */
  get connected(): boolean {
    return this.#connected;
  }

  /** Does not wait for the hub: an edge starts without one. */
  async start(): Promise<void> {
    this.#running = this.#keepConnected();
  }

  async stop(): Promise<void> {
    this.#life.abort();
    this.#session?.close(CLOSE.goingAway, "the edge is stopping");
    await this.#running;
  }

  async #keepConnected(): Promise<void> {
    const { clock, random } = this.#parts;
    const { signal } = this.#life;
    for (let attempt = 0; !signal.aborted; attempt++) {
      const startedAt = clock.monotonic();
      await this.#connect();
      if (clock.monotonic() - startedAt > STABLE_MS) attempt = 0;
      // Full jitter, so that a fleet whose hub restarts does not come back in step.
      await slept(clock, random() * Math.min(this.#capMs, FIRST_DELAY_MS * 2 ** attempt), signal);
    }
  }

  /** One connection from dialling to its end. Whatever goes wrong is told, and tried again by the caller. */
  async #connect(): Promise<void> {
    const { url, files, timing, log } = this.#parts;
    const { signal } = this.#life;
    try {
      const onSession = (session: TlsSession) => {
        this.#tlsSession = session;
      };
      const session = this.#tlsSession;
      const dialled = await dial({ url, files, timeoutMs: timing.openMs, session, onSession, signal });
      this.#metrics.attempts.inc({ result: "opened" });
      if (dialled.transport.isSessionReused()) this.#metrics.resumedHandshakes.inc();
      this.#session = new HubSession({ ...this.#parts, dialled, metrics: this.#metrics, onHello: this.#welcome });
      const talk = this.#session.run();
      if (signal.aborted) this.#session.close(CLOSE.goingAway, "the edge is stopping");
      const { reason } = await talk;
      this.#part(reason);
    } catch (error) {
      if (signal.aborted && !isFault(error)) return;
      if (!this.#connected) this.#metrics.attempts.inc({ result: "failed" });
      if (!isFault(error)) log.error("hub link failed", { url, error });
      this.#part(textOf(error));
    } finally {
      this.#session = undefined;
    }
  }

  readonly #welcome = (hello: EdgeEvents["hub.connected"]["hello"]): void => {
    const { url, bus, log, clock } = this.#parts;
    this.#connected = true;
    this.#lastProblem = undefined;
    this.#capMs = Math.max(DELAY_CAP_MS, hello.reconnectCapMs);
    this.#metrics.connected.set(1);
    log.info("hub connected", { url, version: hello.version, clockAheadMs: Math.round(clock.now() - hello.now) });
    bus.emit("hub.connected", { url, hello });
  };

  /** Said once per change, not per attempt. */
  #part(reason: string): void {
    const { url, bus, log } = this.#parts;
    this.#metrics.connected.set(0);
    if (this.#connected) {
      this.#connected = false;
      log.info("hub disconnected", { url, reason });
      bus.emit("hub.disconnected", { url, reason });
    } else if (reason !== this.#lastProblem) {
      log.warn("hub not reached", { url, reason });
    }
    this.#lastProblem = reason;
  }
}
