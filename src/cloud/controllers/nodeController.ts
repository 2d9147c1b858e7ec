import type { Bus } from "../../shared/kit/bus.ts";
import type { Service } from "../../shared/kit/lifecycle.ts";
import type { Logger } from "../../shared/kit/logger.ts";
import type { Clock } from "../../shared/kit/time.ts";
import type { CloudEvents } from "../events.ts";
import type { Presence } from "./conditions.ts";
import { type Outcome, WorkQueue } from "./workQueue.ts";

/** A Node, as far as its presence goes. */
export interface NodeView {
  readonly name: string;
  readonly uid: string;
  /** false: a kubelet speaks for it. */
  readonly isManaged: boolean;
  /** Reason of condition Ready, or "". */
  readonly readyReason: string;
}

interface NodeControllerParts {
  readonly nodes: {
    get(name: string): NodeView | undefined;
    names(): Iterable<string>;
    onChange(handler: (name: string) => void, signal: AbortSignal): void;
  };
  readonly writer: {
    ensure(name: string): Promise<NodeView>;
    writeReady(
      name: string,
      ready: { readonly status: "True" | "Unknown"; readonly reason: string; readonly message: string },
    ): Promise<void>;
  };
  readonly leases: {
    renew(node: { readonly name: string; readonly uid: string }, durationSeconds: number): Promise<void>;
  };
  readonly bus: Bus<CloudEvents>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

interface Link {
  readonly session: number;
  /** By the monotonic clock; undefined while it is connected. */
  readonly goneSince?: number;
}

/** As Kubernetes: a kubelet renews its lease every 10 s, and a node silent for 40 s is Unknown. */
const RENEW_MS = 10_000;
const GONE_AFTER_MS = 40_000;
const CONCURRENCY = 8;

/** Says of each edge's Node whether it is there: by the hub's sessions, its lease, and condition Ready. */
export class NodeController implements Service {
  readonly name = "nodeController";
  readonly #parts: NodeControllerParts;
  readonly #queue: WorkQueue<string>;
  readonly #links = new Map<string, Link>();
  readonly #renewedAt = new Map<string, number>();
  readonly #stopped = new AbortController();
  #startedAt = 0;

  constructor(parts: NodeControllerParts) {
    this.#parts = parts;
    this.#queue = new WorkQueue({
      name: "node queue",
      concurrency: CONCURRENCY,
      clock: parts.clock,
      random: parts.random,
      reconcile: (node) => this.#reconcile(node),
      onFailed: ({ key, error, retryMs }) =>
        parts.log.warn("node not reconciled", { node: key, error, retryMs: Math.round(retryMs) }),
    });
  }

  async start(): Promise<void> {
    const { bus, nodes, clock } = this.#parts;
    const { signal } = this.#stopped;
    this.#startedAt = clock.monotonic();
    bus.on("edge.connected", ({ node, session }) => this.#link(node, { session }), signal);
    bus.on("edge.disconnected", (edge) => this.#unlink(edge), signal);
    nodes.onChange((name) => {
      this.#queue.add(name);
      bus.emit("node.presenceChanged", { node: name });
    }, signal);
    for (const name of nodes.names()) this.#queue.add(name);
    await this.#queue.start();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#queue.stop();
  }

  presenceOf(node: string): Presence {
    const link = this.#links.get(node);
    if (link !== undefined && link.goneSince === undefined) return "connected";
    const view = this.#parts.nodes.get(node);
    if (view === undefined) return "absent";
    // A Node that is being made gets its Ready condition a moment after itself.
    if (view.readyReason === "" || view.readyReason === "NeverConnected") return "never";
    return this.#graceLeftMs(link) > 0 ? "away" : "gone";
  }

  #link(node: string, link: Link): void {
    this.#links.set(node, link);
    this.#changed(node);
  }

  #unlink({ node, session, silentMs }: CloudEvents["edge.disconnected"]): void {
    // The news of a session that another has replaced comes late.
    if (this.#links.get(node)?.session !== session) return;
    this.#link(node, { session, goneSince: this.#parts.clock.monotonic() - silentMs });
  }

  #changed(node: string): void {
    this.#queue.add(node);
    this.#parts.bus.emit("node.presenceChanged", { node });
  }

  /** After a start nobody is gone before the edges have had the time to come back. */
  #graceLeftMs(link: Link | undefined): number {
    return Math.max(link?.goneSince ?? 0, this.#startedAt) + GONE_AFTER_MS - this.#parts.clock.monotonic();
  }

  async #reconcile(node: string): Promise<Outcome> {
    switch (this.presenceOf(node)) {
      case "connected":
        return await this.#renew(node);
      case "away":
        return { requeueAfterMs: this.#graceLeftMs(this.#links.get(node)) };
      case "gone":
        await this.#declareGone(node);
        return {};
      case "absent":
        this.#links.delete(node);
        this.#renewedAt.delete(node);
        return {};
      case "never":
        return {};
    }
  }

  async #renew(node: string): Promise<Outcome> {
    const { nodes, writer, leases, clock, bus } = this.#parts;
    const view = nodes.get(node) ?? (await writer.ensure(node));
    if (!view.isManaged) return {};
    if (view.readyReason !== "EdgeConnected") {
      const message = "The edge is connected to the hub.";
      await writer.writeReady(node, { status: "True", reason: "EdgeConnected", message });
      bus.emit("node.presenceChanged", { node });
    }
    const due = (this.#renewedAt.get(node) ?? Number.NEGATIVE_INFINITY) + RENEW_MS - clock.monotonic();
    if (due > 0) return { requeueAfterMs: due };
    await leases.renew({ name: node, uid: view.uid }, GONE_AFTER_MS / 1000);
    this.#renewedAt.set(node, clock.monotonic());
    return { requeueAfterMs: RENEW_MS };
  }

  async #declareGone(node: string): Promise<void> {
    const { nodes, writer, bus } = this.#parts;
    bus.emit("node.presenceChanged", { node });
    const view = nodes.get(node);
    if (view === undefined || !view.isManaged || view.readyReason === "EdgeDisconnected") return;
    const message = `The edge has not been connected for ${GONE_AFTER_MS / 1000} s; its devices keep running there.`;
    await writer.writeReady(node, { status: "Unknown", reason: "EdgeDisconnected", message });
  }
}
