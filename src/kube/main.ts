import { randomUUID } from "node:crypto";
import { join, resolve } from "node:path";
import type { Fault } from "../shared/kit/fault.ts";
import { runServices, type Service } from "../shared/kit/lifecycle.ts";
import type { Logger } from "../shared/kit/logger.ts";
import { systemClock } from "../shared/kit/time.ts";
import type { KubeConfig } from "./config.ts";
import { DefinitionController } from "./lifecycle/definitionController.ts";
import { EventExpiry } from "./lifecycle/eventExpiry.ts";
import { GarbageCollector } from "./lifecycle/garbageCollector.ts";
import { NamespaceController } from "./lifecycle/namespaceController.ts";
import { NodeMonitor } from "./lifecycle/nodeMonitor.ts";
import { createStandingNamespaces } from "./lifecycle/standingNamespaces.ts";
import { builtInResources } from "./registry/builtInResources.ts";
import { ObjectRemover } from "./registry/objectRemover.ts";
import { ObjectWriter } from "./registry/objectWriter.ts";
import { OpenApiDocuments } from "./registry/openApiDocuments.ts";
import { Registry } from "./registry/registry.ts";
import { ApiServer } from "./server/apiServer.ts";
import { Authenticator } from "./server/authentication.ts";
import { loadIdentity } from "./server/identity.ts";
import { writeKubeconfig } from "./server/kubeconfig.ts";
import { OpenApiPaths } from "./server/openApiPaths.ts";
import { PlainPaths } from "./server/plainPaths.ts";
import { ReadVerbs } from "./server/readVerbs.ts";
import { Router } from "./server/router.ts";
import { serverVersion } from "./server/serverVersion.ts";
import { WatchHub } from "./server/watchHub.ts";
import { WriteVerbs } from "./server/writeVerbs.ts";
import { ObjectStore } from "./store/objectStore.ts";

/** What a running API server tells whoever started it. */
export interface KubeFacts {
  /** Without trailing slash. */
  readonly kubeUrl: string;
  /** Absolute path of the admin's kubeconfig. */
  readonly kubeconfig: string;
}

interface RunParts {
  readonly log: Logger;
  /** Aborts when the server should stop. */
  readonly signal: AbortSignal;
  readonly onReady: (facts: KubeFacts) => void;
}

const STOP_TIMEOUT_MS = 4000;

/** Runs the embedded Kubernetes API until the signal aborts; rejects with a Fault where it cannot start or go on. */
export async function run(config: KubeConfig, { log, signal, onReady }: RunParts): Promise<void> {
  const { now } = systemClock;
  const random = Math.random;
  const broken = new AbortController();
  const store = new ObjectStore({
    dataDir: config.dataDir,
    ring: config.history,
    now,
    onFatal: (fault: Fault) => broken.abort(fault),
  });
  try {
    const identity = await loadIdentity(config.dataDir, { host: config.host, now: now() });
    const registry = new Registry();
    for (const resource of builtInResources()) registry.set(resource);
    const writer = new ObjectWriter({ store, now, newUid: randomUUID, random });
    const remover = new ObjectRemover({ store, now });
    const watches = new WatchHub({ store, now, random, ...config.watch });
    const endWatches = (collection?: string) => watches.endAll(collection);
    const namespaces = new NamespaceController({ store, registry, remover });
    const garbage = new GarbageCollector({ store, registry, remover });
    const expiry = new EventExpiry({ store, ttlMs: config.eventTtlMs, now });
    const { monotonic } = systemClock;
    const nodes = new NodeMonitor({ store, remover, graceMs: config.nodeGraceMs, now, monotonic });
    const definitions = new DefinitionController({ store, registry, remover, now, log, endWatches });
    const router = new Router({
      registry,
      authenticator: new Authenticator(identity.token),
      plainPaths: new PlainPaths({
        registry,
        openApi: new OpenApiPaths(new OpenApiDocuments(registry)),
        version: serverVersion(),
      }),
      reads: new ReadVerbs({ store, watches, now }),
      writes: new WriteVerbs({ store, writer, remover, now }),
    });
    const server = new ApiServer({ host: config.host, port: config.port, identity, router, log, endWatches });
    const controllers: Service = {
      name: "controllers",
      start: async () => {
        createStandingNamespaces({ store, registry, writer });
        watches.start();
        for (const part of [definitions, namespaces, garbage, expiry, nodes]) part.start(stopped.signal);
      },
      stop: async () => {
        stopped.abort();
        watches.stop();
      },
    };
    const stopped = new AbortController();
    const kubeconfig = resolve(config.kubeconfig ?? join(config.dataDir, "kubeconfig"));
    const announcement: Service = {
      name: "kubeconfig",
      start: async () => {
        await writeKubeconfig(kubeconfig, { url: server.url, ...identity });
        onReady({ kubeUrl: server.url, kubeconfig });
      },
      stop: async () => {},
    };
    await runServices([controllers, server, announcement], {
      signal: AbortSignal.any([signal, broken.signal]),
      stopTimeoutMs: STOP_TIMEOUT_MS,
      log,
    });
  } finally {
    store.close();
  }
}
