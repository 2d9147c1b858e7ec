import type { Bus } from "../shared/kit/bus.ts";
import type { Logger } from "../shared/kit/logger.ts";
import type { Clock } from "../shared/kit/time.ts";
import { deviceKey } from "../shared/model/device.ts";
import type { Condition } from "../shared/model/resources/condition.ts";
import type { DeviceResource } from "../shared/model/resources/device.ts";
import { isOwnedBy, writtenOf } from "./cluster/deviceStatusResource.ts";
import type { ClusterSide } from "./clusterSide.ts";
import type { CloudConfig } from "./config.ts";
import { AssignmentBook } from "./controllers/assignmentBook.ts";
import { DeviceController } from "./controllers/deviceController.ts";
import { severityOf } from "./controllers/deviceHappenings.ts";
import { NodeController } from "./controllers/nodeController.ts";
import { StatusController } from "./controllers/statusController.ts";
import type { CloudEvents } from "./events.ts";
import type { CloudMetrics } from "./metrics.ts";
import { nodeSide } from "./nodeSide.ts";

interface ControllerSideParts {
  readonly config: Pick<CloudConfig, "statusWrites">;
  readonly cluster: ClusterSide;
  readonly metrics: CloudMetrics;
  readonly bus: Bus<CloudEvents>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  /** Aborts when nothing is to be listened to any more. */
  readonly signal: AbortSignal;
}

/** The controllers on what the cluster gives them. `services` are in the order of their start. */
export function controllerSide({ config, cluster, metrics, bus, clock, random, log, signal }: ControllerSideParts) {
  const { recorder } = cluster;
  const common = { bus, clock, random, log };
  const book: AssignmentBook = new AssignmentBook({ bus, clock, recordOf: (key) => statuses.record(key) });
  const statuses = new StatusController({
    ...common,
    writer: cluster.statusWriter,
    deviceUid: (key) => cluster.devices.get(key)?.metadata.uid,
    find: (key, deviceUid) => {
      const found = cluster.statuses.get(key);
      return found !== undefined && isOwnedBy(found, deviceUid) ? writtenOf(found) : undefined;
    },
    keysOf: (node) => book.keysOf(node),
    limits: config.statusWrites,
    counts: metrics.statusWrites,
  });
  cluster.statuses.onChange((key, object) => {
    const [namespace = "", name = ""] = key.split("/");
    if (object === undefined) statuses.deleted(deviceKey(namespace, name));
  }, signal);
  const nodes = new NodeController({
    ...common,
    ...nodeSide({ nodes: cluster.nodes, writer: cluster.nodeWriter, recorder }),
    leases: cluster.leases,
  });
  const devices = new DeviceController({
    ...common,
    devices: cluster.devices,
    models: cluster.models,
    presenceOf: (node) => nodes.presenceOf(node),
    statuses,
    book,
    writer: cluster.deviceWriter,
    onTransition: (device, condition) => recorder.record(happening(device, condition)),
  });
  return { book, statuses, nodes, devices, services: [statuses, nodes, devices] };
}

function happening({ metadata }: DeviceResource, condition: Condition) {
  const { namespace, name, uid = "" } = metadata;
  const { type, status, reason, message } = condition;
  return {
    about: { apiVersion: "devices.kubeedge.io/v1beta1", kind: "Device", namespace, name, uid },
    type: severityOf(condition),
    reason,
    message: `${type}=${status}: ${message}`,
  };
}
