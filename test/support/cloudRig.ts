import { Registry } from "prom-client";
import { KubeClient, MERGE_PATCH } from "../../src/cloud/cluster/kubeClient.ts";
import { loadKubeconfig } from "../../src/cloud/cluster/kubeconfig.ts";
import { DEVICE_STATUSES, DEVICES, pathOf, type ResourceType } from "../../src/cloud/cluster/resourcePath.ts";
import { clusterSide } from "../../src/cloud/clusterSide.ts";
import { cloudConfig } from "../../src/cloud/config.ts";
import { controllerSide } from "../../src/cloud/controllerSide.ts";
import type { CloudEvents } from "../../src/cloud/events.ts";
import { CloudMetrics } from "../../src/cloud/metrics.ts";
import { Bus } from "../../src/shared/kit/bus.ts";
import type { Logger } from "../../src/shared/kit/logger.ts";
import { type Clock, systemClock } from "../../src/shared/kit/time.ts";
import type { DeviceResource } from "../../src/shared/model/resources/device.ts";
import type { DeviceStatusResource } from "../../src/shared/model/resources/deviceStatus.ts";
import type { Assignment } from "../../src/shared/wire/syncFrames.ts";
import { conditionOf, KEY } from "./pumpDevice.ts";

const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, child: () => silent };

export interface CloudRig {
  readonly bus: Bus<CloudEvents>;
  readonly cluster: ReturnType<typeof clusterSide>;
  readonly controllers: ReturnType<typeof controllerSide>;
  create(type: ResourceType, object: { readonly metadata: { readonly name: string } }): Promise<void>;
  patch(type: ResourceType, name: string, body: unknown): Promise<void>;
  remove(type: ResourceType, name: string): Promise<void>;
  /** Reads until the answer is as wished (404 reads as undefined), and gives it. No name: the list. */
  until<T>(type: ResourceType, name: string | undefined, isDone: (object: T | undefined) => boolean): Promise<T>;
  /** Until the Device `pump` has the condition with that reason. */
  untilCondition(type: string, reason: string): Promise<DeviceResource>;
  /** Until the DeviceStatus `pump` is as wished. */
  untilStatus(isDone: (status: DeviceStatusResource["status"]) => boolean): Promise<DeviceStatusResource>;
  /** What node edge-1 is to know of `pump`. */
  assignment(): Assignment | undefined;
  untilAssigned(isDone?: (now: Assignment) => boolean): Promise<Assignment>;
  stop(): Promise<void>;
}

const CLUSTER_WIDE = ["nodes", "customresourcedefinitions"];

/** The cloud's controllers on a real API, without the hub: the test is the edge. `clock` is that of the controllers. */
export async function startCloud(
  kubeconfig: string,
  { clock = systemClock, log = silent }: { readonly clock?: Clock; readonly log?: Logger } = {},
): Promise<CloudRig> {
  const life = new AbortController();
  const config = cloudConfig.parse({ kubeconfig, installCrds: true });
  const client = new KubeClient({ config: loadKubeconfig(config), clock: systemClock });
  const bus = new Bus<CloudEvents>((event, error) => log.error("a listener failed", { event, error }));
  const metrics = new CloudMetrics(new Registry(), { devices: () => 0, statuses: () => 0 });
  const common = { config, bus, random: () => 0.5, log, signal: life.signal };
  const cluster = clusterSide({ ...common, client, version: "test", metrics, clock: systemClock });
  const controllers = controllerSide({ ...common, cluster, metrics, clock });
  const services = [...cluster.services, ...controllers.services];
  for (const service of services) await service.start(life.signal);
  const at = (type: ResourceType, name?: string) =>
    pathOf(type, {
      ...(CLUSTER_WIDE.includes(type.plural)
        ? {}
        : { namespace: type.plural === "leases" ? "kube-node-lease" : "default" }),
      ...(name === undefined ? {} : { name }),
    });
  const ask = <T>(method: "GET" | "POST" | "PATCH" | "DELETE", path: string, body?: unknown) =>
    client.request<T>(
      { method, path, body, ...(method === "PATCH" ? { contentType: MERGE_PATCH } : {}) },
      new AbortController().signal,
    );
  async function until<T>(
    type: ResourceType,
    name: string | undefined,
    isDone: (object: T | undefined) => boolean,
  ): Promise<T> {
    for (const deadline = Date.now() + 8000; ; ) {
      const object = await ask<T>("GET", at(type, name)).catch(() => undefined);
      if (isDone(object)) return object as T;
      if (Date.now() > deadline) throw new Error(`${type.plural}/${name} stays ${JSON.stringify(object, null, 1)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  const assignment = () => controllers.book.get("edge-1", KEY);
  return {
    bus,
    cluster,
    controllers,
    create: async (type, object) => void (await ask("POST", at(type), object)),
    patch: async (type, name, body) => void (await ask("PATCH", at(type, name), body)),
    remove: async (type, name) => void (await ask("DELETE", at(type, name))),
    until,
    untilCondition: (type, reason) =>
      until<DeviceResource>(DEVICES, "pump", (object) => conditionOf(object, type)?.reason === reason),
    untilStatus: (isDone) => until<DeviceStatusResource>(DEVICE_STATUSES, "pump", (object) => isDone(object?.status)),
    assignment,
    async untilAssigned(isDone = () => true) {
      for (const deadline = Date.now() + 8000; ; ) {
        const now = assignment();
        if (now !== undefined && isDone(now)) return now;
        if (Date.now() > deadline) throw new Error(`the book says ${JSON.stringify(now)}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    async stop() {
      for (const service of services.reverse()) await service.stop();
      await cluster.recorder.idle();
      life.abort();
      client.close();
    },
  };
}
