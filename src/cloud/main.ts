import { Registry } from "prom-client";
import { Bus } from "../shared/kit/bus.ts";
import { runServices, type Service } from "../shared/kit/lifecycle.ts";
import type { Logger } from "../shared/kit/logger.ts";
import { StatusServer } from "../shared/kit/statusServer.ts";
import { systemClock } from "../shared/kit/time.ts";
import { version } from "../shared/kit/version.ts";
import { CloudHub } from "./cloudHub/cloudHub.ts";
import { HUB_TIMING } from "./cloudHub/edgeSession.ts";
import { KubeClient } from "./cluster/kubeClient.ts";
import { loadKubeconfig } from "./cluster/kubeconfig.ts";
import { clusterSide } from "./clusterSide.ts";
import type { CloudConfig } from "./config.ts";
import { controllerSide } from "./controllerSide.ts";
import { Authority, certificateNames } from "./enrolment/authority.ts";
import { Enroller } from "./enrolment/enroller.ts";
import { EnrolmentServer } from "./enrolment/enrolmentServer.ts";
import { TokenUses } from "./enrolment/tokenUses.ts";
import type { CloudEvents } from "./events.ts";
import { CloudMetrics } from "./metrics.ts";

/** What a running cloud tells whoever started it; URLs without trailing slash. */
interface CloudFacts {
  readonly hubUrl: string;
  readonly enrolUrl: string;
  readonly metricsUrl: string;
}

interface RunParts {
  readonly log: Logger;
  /** Aborts when the cloud should stop. */
  readonly signal: AbortSignal;
  readonly onReady: (facts: CloudFacts & Readonly<Record<string, unknown>>) => void;
}

const STOP_TIMEOUT_MS = 4000;

/** Runs hub, enrolment and controllers until the signal aborts; rejects with a Fault where they cannot start. */
export async function run(config: CloudConfig, { log, signal, onReady }: RunParts): Promise<void> {
  const clock = systemClock;
  const random = Math.random;
  const life = new AbortController();
  const registry = new Registry();
  const bus = new Bus<CloudEvents>((event, error) => log.error("a listener failed", { event, error }));
  const client = new KubeClient({ config: loadKubeconfig(config), clock });
  const common = { config, bus, clock, random, log, signal: life.signal };
  const metrics = new CloudMetrics(registry, {
    devices: () => controllers.devices.depth,
    statuses: () => controllers.statuses.depth,
  });
  const cluster = clusterSide({ ...common, client, version, metrics });
  const controllers = controllerSide({ ...common, cluster, metrics });
  const { hub: hubConfig, enrol: enrolConfig, metrics: statusConfig } = config;
  const names = certificateNames({ advertise: hubConfig.advertise, host: hubConfig.host });
  const authority = new Authority({ secrets: cluster.secrets, names, clock, log });
  const hub = new CloudHub({
    ...hubConfig,
    authority,
    assignments: controllers.book,
    sink: controllers.statuses,
    bus,
    version,
    timing: HUB_TIMING,
    registry,
    clock,
    log,
  });
  const uses = new TokenUses(cluster.secrets);
  const enrolment = new EnrolmentServer({
    ...enrolConfig,
    authority,
    enroller: new Enroller({ authority, uses, nodes: cluster.nodeWriter, clock }),
    hubUrl: (host) => `wss://${hubConfig.advertise[0] ?? host}:${hub.port}`,
    registry,
    log,
  });
  let isReady = false;
  const status = new StatusServer({
    ...statusConfig,
    flag: "--cloud-metrics-port",
    registry,
    notReady: () => (isReady ? [] : cluster.notReady()),
  });
  const ready: Service = {
    name: "ready",
    async start() {
      isReady = true;
      const hubUrl = `wss://${reachable(hubConfig.advertise[0] ?? hubConfig.host)}:${hub.port}`;
      const enrolUrl = `https://${reachable(enrolConfig.host)}:${enrolment.port}`;
      onReady({ hubUrl, enrolUrl, metricsUrl: status.url });
    },
    async stop() {
      isReady = false;
    },
  };
  try {
    // An edge connects to a cloud that knows it: the hub opens last and closes first.
    const services = [status, ...cluster.services, ...controllers.services, authority, hub, enrolment, ready];
    await runServices(services, { signal, stopTimeoutMs: STOP_TIMEOUT_MS, log });
  } finally {
    life.abort();
    client.close();
  }
}

/** An address that listens on all is reached at this machine's own. */
const reachable = (host: string): string => (host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host);
