import { Counter, Gauge, type Registry } from "prom-client";
import type { FromMapper } from "../../shared/wire/mapperMessages.ts";

type LineStats = Extract<FromMapper, { kind: "stats" }>["lines"][number];

/** What mappers say of their lines, as metrics; counters begin anew when a mapper is restarted, as Prometheus expects. */
export class MapperMetrics {
  readonly #lines = new Map<string, readonly LineStats[]>();
  readonly refused: Counter<"reason">;
  readonly restarts: Counter<"protocol">;

  constructor(registry: Registry) {
    const registers = [registry];
    this.refused = new Counter({
      name: "edgeloom_mapper_messages_refused_total",
      help: "Messages of mappers that were dropped, by reason.",
      labelNames: ["reason"],
      registers,
    });
    this.restarts = new Counter({
      name: "edgeloom_mapper_outages_total",
      help: "How often the mapper of a protocol died or did not start.",
      labelNames: ["protocol"],
      registers,
    });
    this.#gauge(registry, "open", "1 while the line is open.", (line) => (line.open ? 1 : 0));
    this.#gauge(registry, "devices", "Devices on the line.", (line) => line.devices);
    this.#gauge(registry, "utilisation", "Share of the time that the line is in use.", (line) => line.utilisation);
    this.#counter(registry, "requests", "Requests sent on the line.", (line) => line.requests);
    this.#counter(registry, "failures", "Requests that failed.", (line) => line.failures);
    this.#counter(registry, "cycles", "Poll cycles done.", (line) => line.cycles);
    this.#counter(registry, "missed_cycles", "Poll cycles that came too late to be done.", (line) => line.missedCycles);
  }

  set(protocol: string, lines: readonly LineStats[]): void {
    this.#lines.set(protocol, lines);
  }

  forget(protocol: string): void {
    this.#lines.delete(protocol);
  }

  #gauge(registry: Registry, name: string, help: string, of: (line: LineStats) => number): void {
    const each = this.#each.bind(this, of);
    new Gauge({
      name: `edgeloom_mapper_line_${name}`,
      help,
      labelNames: ["protocol", "line"],
      registers: [registry],
      collect() {
        this.reset();
        each((labels, value) => this.set(labels, value));
      },
    });
  }

  #counter(registry: Registry, name: string, help: string, of: (line: LineStats) => number): void {
    const each = this.#each.bind(this, of);
    new Counter({
      name: `edgeloom_mapper_line_${name}_total`,
      help,
      labelNames: ["protocol", "line"],
      registers: [registry],
      collect() {
        this.reset();
        each((labels, value) => this.inc(labels, value));
      },
    });
  }

  #each(
    of: (line: LineStats) => number,
    put: (labels: { readonly protocol: string; readonly line: string }, value: number) => void,
  ): void {
    for (const [protocol, lines] of this.#lines) {
      for (const line of lines) put({ protocol, line: line.line }, of(line));
    }
  }
}
