import { Counter, Gauge, type Registry } from "prom-client";

/** What the cloud counts beside its hub and its enrolment. */
export class CloudMetrics {
  readonly watches: {
    listed(resource: string): void;
    watched(resource: string): void;
    failed(resource: string): void;
  };
  readonly statusWrites: { written(): void; failed(): void };
  readonly eventDropped: () => void;

  /** `depths` is asked at each scrape. */
  constructor(registry: Registry, depths: { readonly devices: () => number; readonly statuses: () => number }) {
    const registers = [registry];
    const requests = new Counter({
      name: "edgeloom_cloud_watch_requests_total",
      help: "Lists and watches begun, and watches that failed, by resource.",
      labelNames: ["resource", "kind"],
      registers,
    });
    this.watches = {
      listed: (resource) => requests.inc({ resource, kind: "list" }),
      watched: (resource) => requests.inc({ resource, kind: "watch" }),
      failed: (resource) => requests.inc({ resource, kind: "failed" }),
    };
    const writes = new Counter({
      name: "edgeloom_cloud_status_writes_total",
      help: "Writes of DeviceStatus by result.",
      labelNames: ["result"],
      registers,
    });
    this.statusWrites = {
      written: () => writes.inc({ result: "written" }),
      failed: () => writes.inc({ result: "failed" }),
    };
    const dropped = new Counter({
      name: "edgeloom_cloud_events_dropped_total",
      help: "Kubernetes Events that were not written.",
      registers,
    });
    this.eventDropped = () => dropped.inc();
    const gauge = (name: string, help: string, read: () => number) =>
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    gauge("edgeloom_cloud_device_queue_depth", "Devices that wait to be looked at.", depths.devices);
    gauge("edgeloom_cloud_status_queue_depth", "DeviceStatus objects that wait to be written.", depths.statuses);
  }
}
