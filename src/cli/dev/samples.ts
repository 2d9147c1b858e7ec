import { readFile } from "node:fs/promises";
import { parseAllDocuments } from "yaml";
import { layOver } from "../../shared/kit/config.ts";
import { slept, systemClock } from "../../shared/kit/time.ts";
import type { DeviceRow } from "./welcome.ts";

/** Long enough for the first poll to reach DeviceStatus on a slow machine. */
const VALUES_MS = 8000;

const SAMPLES = new URL("../../../charts/edgeloom/samples/pump.yaml", import.meta.url);

/**
 * Site `demo`, and the sample pump if there is a simulator for it. What exists is a person's: it stays as it is, but
 * the simulator's port, which belongs to this run.
 */
export async function applySamples({
  kubeconfig,
  node,
  site,
  samples,
}: {
  readonly kubeconfig: string;
  readonly node: string;
  readonly site: string;
  readonly samples: { readonly modbusPort: number } | undefined;
}): Promise<void> {
  const { seed } = await import("../../cloud/commands/seed.ts");
  const siteObject = {
    apiVersion: "edgeloom.io/v1alpha1",
    kind: "Site",
    metadata: { name: site },
    spec: { nodes: [node] },
  };
  const objects = samples === undefined ? [] : await sampleObjects();
  const reach = { spec: { protocol: { configData: { port: samples?.modbusPort } } } };
  const isDevice = (object: Record<string, unknown>) => object["kind"] === "Device";
  await seed({
    kubeconfig,
    objects: [siteObject, ...objects.map((object) => (isDevice(object) ? layOver(object, reach) : object))],
    renew: (object) => (isDevice({ ...object }) ? reach : undefined),
  });
}

async function sampleObjects(): Promise<Record<string, unknown>[]> {
  const text = await readFile(SAMPLES, "utf8");
  return parseAllDocuments(text).map((document) => document.toJS() as Record<string, unknown>);
}

/** The devices there are, as the table at the end of the start shows them; waits a moment for first values. */
export async function deviceRows({
  kubeconfig,
  waitForValues,
  signal,
}: {
  readonly kubeconfig: string;
  readonly waitForValues: boolean;
  readonly signal: AbortSignal;
}): Promise<readonly DeviceRow[]> {
  const { listDevices } = await import("../../cloud/commands/devices.ts");
  const until = systemClock.monotonic() + (waitForValues ? VALUES_MS : 0);
  for (;;) {
    const rows = await listDevices({ kubeconfig });
    const complete = rows.length > 0 && rows.every(({ state }) => state === "online");
    if (complete || systemClock.monotonic() >= until || signal.aborted) return rows;
    await slept(systemClock, 200, signal);
  }
}
