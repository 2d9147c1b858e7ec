import { Counter, Gauge, type Registry } from "prom-client";

/** What the edge counts of its link; made once per registry. */
export class EdgeHubMetrics {
  readonly connected: Gauge;
  readonly attempts: Counter<"result">;
  readonly resumedHandshakes: Counter;
  readonly frames: Counter<"direction" | "kind">;
  readonly bytes: Counter<"direction">;
  readonly reports: Counter<"step">;
  readonly propertiesSent: Counter;
  readonly assignments: Counter;
  readonly withdrawals: Counter;
  readonly malformedFrames: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
      new Counter({ name: `edgeloom_edge_hub_${name}_total`, help, labelNames, registers });
    this.connected = new Gauge({ name: "edgeloom_edge_hub_connected", help: "1 while the hub is reached.", registers });
    this.attempts = counter("connects", "Attempts to reach the hub: opened or failed.", "result");
    this.resumedHandshakes = counter("tls_resumed", "Connections whose TLS session was resumed.");
    this.frames = counter("frames", "Frames to and from the hub.", "direction", "kind");
    this.bytes = counter("frame_bytes", "Length of these frames, before TLS.", "direction");
    this.reports = counter("reports", "Device reports: sent, acknowledged, late (sent again), tooLarge.", "step");
    this.propertiesSent = counter("properties_sent", "Reported values and desired changes in the reports sent.");
    this.assignments = counter("assignments_received", "Devices that the hub sent.");
    this.withdrawals = counter("withdrawals_received", "Devices that the hub took away.");
    this.malformedFrames = counter("malformed_frames", "Frames from the hub that were dropped.");
  }
}
