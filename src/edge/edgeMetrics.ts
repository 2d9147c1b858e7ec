import { Counter, Gauge, type Registry } from "prom-client";
import type { DeviceState } from "../shared/model/device.ts";

interface Asked {
  /** How many devices are in each state. */
  readonly devices: () => Readonly<Record<DeviceState, number>>;
  readonly storeFailing: () => boolean;
}

/** What the edge as a whole shows; its modules show their own. */
export class EdgeMetrics {
  readonly unknownProperties: Counter;

  /** `asked` at each scrape. */
  constructor(registry: Registry, asked: Asked) {
    const registers = [registry];
    const gauge = (name: string, help: string, value: () => number) =>
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(value());
        },
      });
    new Gauge({
      name: "edgeloom_edge_devices",
      help: "Devices assigned to this edge, by state.",
      labelNames: ["state"],
      registers,
      collect() {
        for (const [state, count] of Object.entries(asked.devices())) this.set({ state }, count);
      },
    });
    gauge("edgeloom_edge_store_failing", "1 while the disk refuses writes.", () => (asked.storeFailing() ? 1 : 0));
    gauge("process_resident_memory_bytes", "Resident memory of this process.", () => process.memoryUsage.rss());
    new Counter({
      name: "process_cpu_seconds_total",
      help: "CPU time of this process, user and system.",
      registers,
      collect() {
        const { user, system } = process.cpuUsage();
        this.reset();
        this.inc((user + system) / 1e6);
      },
    });
    this.unknownProperties = new Counter({
      name: "edgeloom_edge_unknown_properties_total",
      help: "Readings dropped because their device has no such property.",
      registers,
    });
  }
}
