import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Registry } from "prom-client";
import { CloudMetrics } from "../../src/cloud/metrics.ts";
import { EdgeHubMetrics } from "../../src/edge/edgeHub/edgeHubMetrics.ts";
import { EdgeMetrics } from "../../src/edge/edgeMetrics.ts";
import { MapperMetrics } from "../../src/edge/mapperHost/mapperMetrics.ts";
import { code, table } from "./table.ts";

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly labelNames: readonly string[];
}

/** Where a name is written out, the source says it all; the classes that put names together are asked. */
const LITERAL = /new (Counter|Gauge)\(\{\s*name: "([^"]+)",\s*help: "([^"]+)",(?:\s*labelNames: \[([^\]]*)\],)?/g;
const noDevices = { online: 0, offline: 0, unhealthy: 0, unknown: 0 };
const COMPOSED = {
  cloud: (registry: Registry) => new CloudMetrics(registry, { devices: () => 0, statuses: () => 0 }),
  edge: (registry: Registry) => [
    new EdgeMetrics(registry, { devices: () => noDevices, storeFailing: () => false }),
    new EdgeHubMetrics(registry),
    new MapperMetrics(registry),
  ],
} as const;

/** All metrics of one side by name. */
export function metricsTable(side: keyof typeof COMPOSED): string {
  const registry = new Registry();
  COMPOSED[side](registry);
  const composed = registry.getMetricsAsArray() as unknown as readonly Metric[]; // the library's type hides labelNames
  const byName = new Map([...composed, ...literals(side)].map((metric) => [metric.name, metric]));
  const rows = [...byName.values()]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, type, labelNames, help }) => [code(name), type, labelNames.map(code).join(", "), help]);
  return table(["metric", "type", "labels", "meaning"], rows);
}

function literals(side: string): Metric[] {
  const folder = join(import.meta.dirname, "../../src", side);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  return files.flatMap((name) =>
    [...readFileSync(join(folder, name), "utf8").matchAll(LITERAL)].map(
      ([, type = "", metric = "", help = "", labels]) => ({
        name: metric,
        help,
        type: type.toLowerCase(),
        labelNames: (labels ?? "").split(",").flatMap((label) => /\w+/.exec(label) ?? []),
      }),
    ),
  );
}
