import { Counter, Gauge, type Registry } from "prom-client";

/** What the hub counts; made once per registry. */
export class HubMetrics {
  readonly sessions: Gauge;
  readonly frames: Counter<"direction" | "kind">;
  readonly bytes: Counter<"direction">;
  readonly assignments: Counter;
  readonly reports: Counter<"result">;
  readonly refusedConnections: Counter<"reason">;
  readonly malformedFrames: Counter;
  readonly sessionEnds: Counter<"by">;
  readonly resumedHandshakes: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    this.sessions = new Gauge({ name: "edgeloom_hub_sessions", help: "Edges that are connected now.", registers });
    this.frames = new Counter({
      name: "edgeloom_hub_frames_total",
      help: "Frames to and from edges.",
      labelNames: ["direction", "kind"],
      registers,
    });
    this.bytes = new Counter({
      name: "edgeloom_hub_frame_bytes_total",
      help: "Length of these frames, before TLS.",
      labelNames: ["direction"],
      registers,
    });
    this.assignments = new Counter({
      name: "edgeloom_hub_assignments_sent_total",
      help: "Devices sent to edges because they did not hold them as they are.",
      registers,
    });
    this.reports = new Counter({
      name: "edgeloom_hub_reports_total",
      help: "Device reports from edges: stored, failed (not acknowledged), refused (not that node's device), overlapping.",
      labelNames: ["result"],
      registers,
    });
    this.refusedConnections = new Counter({
      name: "edgeloom_hub_refused_connections_total",
      help: "Connections that did not become sessions.",
      labelNames: ["reason"],
      registers,
    });
    this.malformedFrames = new Counter({
      name: "edgeloom_hub_malformed_frames_total",
      help: "Frames that were dropped because they are none of the conversation's.",
      registers,
    });
    this.sessionEnds = new Counter({
      name: "edgeloom_hub_session_ends_total",
      help: "Sessions that ended, by whom: us (replaced, misbehaved, stopping), them (closed or lost), silence.",
      labelNames: ["by"],
      registers,
    });
    this.resumedHandshakes = new Counter({
      name: "edgeloom_hub_tls_resumed_total",
      help: "Connections whose TLS session was resumed instead of negotiated anew.",
      registers,
    });
  }
}
