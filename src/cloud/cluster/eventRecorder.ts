import { randomBytes } from "node:crypto";
import { textOf } from "../../shared/kit/fault.ts";
import type { Logger } from "../../shared/kit/logger.ts";
import { SerialQueue } from "../../shared/kit/serialQueue.ts";
import { isoSeconds } from "../../shared/kit/time.ts";
import { type KubeClient, MERGE_PATCH } from "./kubeClient.ts";
import { isNotFound } from "./kubeFault.ts";
import { EVENTS, pathOf } from "./resourcePath.ts";

/** What happened to which object, for `kubectl describe` and `kubectl get events`. */
export interface Happening {
  readonly about: {
    readonly apiVersion: string;
    readonly kind: string;
    /** Absent: cluster-scoped; its events then go to namespace default, as a kubelet's do. */
    readonly namespace?: string | undefined;
    readonly name: string;
    readonly uid: string;
  };
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
}

interface RecorderParts {
  readonly client: KubeClient;
  readonly now: () => number;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Told of each event that was not written: the API server is away, or there were too many. */
  readonly onDropped: () => void;
}

interface Series {
  readonly namespace: string;
  readonly name: string;
  count: number;
  lastAt: number;
}

/** Events are a courtesy: a storm of them must cost neither memory nor the API server's time. */
const MAX_WAITING = 500;
const MAX_SERIES = 2000;
/** What happens again within this time is counted on the same Event, as client-go's correlator does. */
const SAME_SERIES_MS = 600_000;

/** Writes Kubernetes Events of component `edgeloom`, one after the other; equal ones are counted. */
export class EventRecorder {
  readonly #parts: RecorderParts;
  readonly #queue = new SerialQueue();
  readonly #series = new Map<string, Series>();
  #waiting = 0;

  constructor(parts: RecorderParts) {
    this.#parts = parts;
  }

  record(happening: Happening): void {
    if (this.#waiting >= MAX_WAITING) {
      this.#parts.onDropped();
      return;
    }
    this.#waiting++;
    void this.#queue.run(async () => {
      this.#waiting--;
      try {
        await this.#write(happening);
      } catch (error) {
        if (this.#parts.signal.aborted) return;
        this.#parts.onDropped();
        this.#parts.log.debug("event not written", { reason: happening.reason, error: textOf(error) });
      }
    });
  }

  /** Resolves when what was recorded so far is written or given up. */
  idle(): Promise<void> {
    return this.#queue.idle();
  }

  async #write(happening: Happening): Promise<void> {
    const now = this.#parts.now();
    const { about, type, reason, message } = happening;
    const id = JSON.stringify([about.uid, type, reason, message]);
    const series = this.#series.get(id);
    if (series !== undefined && now - series.lastAt < SAME_SERIES_MS && (await this.#count(series, now))) return;
    const created = await this.#create(happening, now);
    this.#series.delete(id);
    this.#series.set(id, created);
    const [oldest] = this.#series.keys();
    if (this.#series.size > MAX_SERIES && oldest !== undefined) this.#series.delete(oldest);
  }

  async #count(series: Series, now: number): Promise<boolean> {
    const { namespace, name } = series;
    const body = { count: series.count + 1, lastTimestamp: isoSeconds(now) };
    const path = pathOf(EVENTS, { namespace, name });
    try {
      await this.#parts.client.request({ method: "PATCH", path, contentType: MERGE_PATCH, body }, this.#parts.signal);
    } catch (error) {
      if (isNotFound(error)) return false; // events are kept for an hour only
      throw error;
    }
    series.count++;
    series.lastAt = now;
    return true;
  }

  async #create({ about, type, reason, message }: Happening, now: number): Promise<Series> {
    const { namespace = "default" } = about;
    const name = `${about.name}.${randomBytes(8).toString("hex")}`;
    const time = isoSeconds(now);
    const body = {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name, namespace },
      involvedObject: about,
      type,
      reason,
      message,
      source: { component: "edgeloom" },
      reportingComponent: "edgeloom",
      reportingInstance: "edgeloom-cloud",
      firstTimestamp: time,
      lastTimestamp: time,
      count: 1,
    };
    await this.#parts.client.request({ method: "POST", path: pathOf(EVENTS, { namespace }), body }, this.#parts.signal);
    return { namespace, name, count: 1, lastAt: now };
  }
}
