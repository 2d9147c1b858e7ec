import { Registry } from "prom-client";
import { Bus } from "../shared/kit/bus.ts";
import { runServices, type Service } from "../shared/kit/lifecycle.ts";
import type { Logger } from "../shared/kit/logger.ts";
import { StatusServer } from "../shared/kit/statusServer.ts";
import { systemClock } from "../shared/kit/time.ts";
import { version } from "../shared/kit/version.ts";
import type { StartMapper } from "../shared/wire/mapperChannel.ts";
import { readBootTime } from "./bootTime.ts";
import type { EdgeConfig } from "./config.ts";
import { DeviceTwin } from "./deviceTwin/deviceTwin.ts";
import { EdgeMetrics } from "./edgeMetrics.ts";
import { EventBus } from "./eventBus/eventBus.ts";
import type { EdgeEvents } from "./events.ts";
import { MapperHost } from "./mapperHost/mapperHost.ts";
import { MetaManager } from "./metaManager/metaManager.ts";
import { type EdgeStore, openEdgeStore } from "./store/edgeStore.ts";

/** What a running edge tells whoever started it; URLs without trailing slash. */
export interface EdgeFacts {
  /** Of the broker in use. */
  readonly mqttUrl: string;
  readonly metricsUrl: string;
}

interface RunParts {
  readonly log: Logger;
  /** Aborts when the edge should stop. */
  readonly signal: AbortSignal;
  readonly onReady: (facts: EdgeFacts & Readonly<Record<string, unknown>>) => void;
  /** Starts the mapper of a protocol, isolated or inline; the edge itself knows no mapper. */
  readonly startMapper: StartMapper;
}

/** What the modules are made with. */
interface Common {
  readonly bus: Bus<EdgeEvents>;
  readonly clock: typeof systemClock;
  readonly random: () => number;
  readonly registry: Registry;
  readonly log: Logger;
}

const STOP_TIMEOUT_MS = 4000;

/**
 * Runs one edge node until the signal aborts: with its cloud if there is one, alone if not. Rejects with a Fault where
 * it cannot start or go on.
 */
export async function run(config: EdgeConfig, { log, signal, onReady, startMapper }: RunParts): Promise<void> {
  const clock = systemClock;
  const broken = new AbortController();
  const bus = new Bus<EdgeEvents>((event, error) => log.error("a listener failed", { event, error }));
  const common: Common = { bus, clock, random: Math.random, registry: new Registry(), log };
  const { dataDir } = config;
  const boot = readBootTime();
  const store = openEdgeStore({ dataDir, boot, clock, log, onFatal: (error) => broken.abort(error) });
  try {
    const { commits } = store;
    const metaManager = new MetaManager({ ...common, store: store.meta, commits });
    const metrics = new EdgeMetrics(common.registry, {
      devices: () => twins.countByState(),
      storeFailing: () => commits.failing !== undefined,
    });
    const onUnknownProperties = (_device: string, count: number) => metrics.unknownProperties.inc(count);
    const twins = new DeviceTwin({ ...common, store: store.twins, commits, boot, onUnknownProperties });
    const mapperHost = new MapperHost({ ...common, twins, startMapper, external: config.mappers.external });
    const broker = await makeBroker(config, common);
    const eventBus = new EventBus({ ...common, config: config.mqtt, broker, twins });
    let isReady = false;
    const status = new StatusServer({
      ...config.metrics,
      flag: "--edge-metrics-port (metrics.port)",
      registry: common.registry,
      notReady: () => [...(isReady ? [] : ["starting"]), ...(commits.failing ? [commits.failing.message] : [])],
    });
    const ready: Service = {
      name: "ready",
      async start() {
        isReady = true;
        onReady({ mqttUrl: broker.url, metricsUrl: status.url });
      },
      async stop() {
        isReady = false;
      },
    };
    // Listeners before who tells them: MetaManager begins with what is on disk. The hub opens last and closes first.
    const modules = [status, broker, eventBus, twins, mapperHost, metaManager];
    const services = [...modules, ...(await makeEdgeHub(config, common, store)), ready];
    await runServices(services, {
      signal: AbortSignal.any([signal, broken.signal]),
      stopTimeoutMs: STOP_TIMEOUT_MS,
      log,
    });
  } finally {
    store.close();
  }
}

/** Our own broker, or what speaks to another one; the one that is not used is not loaded. */
async function makeBroker({ node, mqtt }: EdgeConfig, common: Common) {
  const { external } = mqtt;
  if (external === undefined) {
    const { Broker } = await import("./broker/broker.ts");
    return new Broker({ ...common, config: mqtt });
  }
  const { ExternalBroker } = await import("./eventBus/externalBroker.ts");
  return new ExternalBroker({ ...common, config: external, node });
}

/** None for an edge that has no cloud. */
async function makeEdgeHub({ hub, site }: EdgeConfig, common: Common, store: EdgeStore): Promise<Service[]> {
  if (hub === undefined) return [];
  const [{ EdgeHub }, { EDGE_HUB_TIMING: timing }] = await Promise.all([
    import("./edgeHub/edgeHub.ts"),
    import("./edgeHub/hubSession.ts"),
  ]);
  return [new EdgeHub({ ...common, url: hub.url, files: hub, site, store: store.outbox, timing, version })];
}
