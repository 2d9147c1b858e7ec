import { isFault, textOf } from "../shared/kit/fault.ts";
import type { Service } from "../shared/kit/lifecycle.ts";
import type { Logger } from "../shared/kit/logger.ts";
import { backoff, type Clock } from "../shared/kit/time.ts";
import type { DeviceResource } from "../shared/model/resources/device.ts";
import type { DeviceModelResource } from "../shared/model/resources/deviceModel.ts";
import type { DeviceStatusResource } from "../shared/model/resources/deviceStatus.ts";
import type { ClusterFacts } from "./cluster/clusterFacts.ts";
import { installCrds, requireCrds } from "./cluster/crdInstaller.ts";
import { DeviceWriter } from "./cluster/deviceResource.ts";
import { DeviceStatusWriter } from "./cluster/deviceStatusResource.ts";
import { EventRecorder } from "./cluster/eventRecorder.ts";
import type { KubeClient } from "./cluster/kubeClient.ts";
import { LeaseWriter } from "./cluster/leaseResource.ts";
import { type NodeResource, NodeWriter } from "./cluster/nodeResource.ts";
import { DEVICE_MODELS, DEVICE_STATUSES, DEVICES, NODES, type ResourceType } from "./cluster/resourcePath.ts";
import { SecretStore } from "./cluster/secretResource.ts";
import { type Watchable, Watcher } from "./cluster/watcher.ts";
import type { CloudConfig } from "./config.ts";
import type { CloudMetrics } from "./metrics.ts";

export interface ClusterSideParts {
  readonly config: CloudConfig;
  readonly client: KubeClient;
  readonly version: string;
  readonly metrics: CloudMetrics;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  /** Aborts when nothing is to be written any more. */
  readonly signal: AbortSignal;
}

export type ClusterSide = ReturnType<typeof clusterSide>;

/** All that the cloud reads from the Kubernetes API and writes to it. */
export function clusterSide({ config, client, version, metrics, clock, random, log, signal }: ClusterSideParts) {
  let facts: ClusterFacts | undefined;
  const watch = <T extends Watchable>(type: ResourceType) =>
    new Watcher<T>({ client, type, clock, random, log, counts: metrics.watches });
  const devices = watch<DeviceResource>(DEVICES);
  const models = watch<DeviceModelResource>(DEVICE_MODELS);
  const statuses = watch<DeviceStatusResource>(DEVICE_STATUSES);
  const nodes = watch<NodeResource>(NODES);
  const definitions: Service = {
    name: "resource definitions",
    async start(starting) {
      const look = config.installCrds ? installCrds : requireCrds;
      facts = await untilReachable(() => look({ client, clock, log }, starting), { clock, random, log }, starting);
    },
    async stop() {},
  };
  const { now } = clock;
  return {
    devices,
    models,
    statuses,
    nodes,
    nodeWriter: new NodeWriter({ client, now, version, signal }),
    leases: new LeaseWriter({ client, now, signal }),
    secrets: new SecretStore({ client, namespace: config.namespace, signal }),
    recorder: new EventRecorder({ client, now, log, signal, onDropped: metrics.eventDropped }),
    deviceWriter: new DeviceWriter({ client, hasStatus: () => facts?.deviceHasStatus === true }),
    statusWriter: new DeviceStatusWriter({ client, hasStatus: () => facts?.deviceStatusHasStatus === true }),
    services: [definitions, devices, models, statuses, nodes],
    /** One line per reason why the cloud does not serve yet. */
    notReady: (): readonly string[] => {
      if (facts === undefined) return [`${client.server} has not answered yet`];
      const behind = [devices, models, statuses, nodes].filter(({ isSynced }) => !isSynced);
      return behind.length > 0 ? behind.map(({ name }) => `${name}: not in sync yet`) : ["starting"];
    },
  };
}

/** An API server that is still starting is waited for; what it refuses is thrown. */
async function untilReachable<T>(
  task: () => Promise<T>,
  { clock, random, log }: { readonly clock: Clock; readonly random: () => number; readonly log: Logger },
  signal: AbortSignal,
): Promise<T> {
  for (const delay of backoff({ firstMs: 200, maxMs: 5000, random })) {
    try {
      return await task();
    } catch (error) {
      if (!isFault(error, "link")) throw error;
      log.warn("waiting for the Kubernetes API", { reason: textOf(error) });
    }
    await clock.sleep(delay, signal);
  }
  throw new Error("backoff has no end");
}
