import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type KubeConfig, kubeConfig } from "../../src/kube/config.ts";
import { type KubeFacts, run } from "../../src/kube/main.ts";
import type { Logger } from "../../src/shared/kit/logger.ts";

export interface RunningKube {
  readonly kubeconfigPath: string;
  /** Without trailing slash. */
  readonly url: string;
  readonly dataDir: string;
  /** Stops the server; its directory goes as well unless `keep` is set. */
  stop(options?: { readonly keep?: boolean }): Promise<void>;
}

const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, child: () => silent };

/** A real embedded Kubernetes API on a free port of 127.0.0.1, in this process. */
export async function startKube(options: Partial<KubeConfig> & { readonly log?: Logger } = {}): Promise<RunningKube> {
  const { log = silent, ...config } = options;
  const dataDir = config.dataDir ?? (await mkdtemp(join(tmpdir(), "edgeloom-kube-")));
  const stopping = new AbortController();
  let ended: Promise<void> = Promise.resolve();
  const facts = await new Promise<KubeFacts>((onReady, reject) => {
    const full = kubeConfig.parse({ port: 0, ...config, dataDir });
    ended = run(full, { log, signal: stopping.signal, onReady });
    ended.catch(reject);
  });
  return {
    kubeconfigPath: facts.kubeconfig,
    url: facts.kubeUrl,
    dataDir,
    async stop({ keep = false } = {}) {
      stopping.abort();
      await ended;
      if (!keep) await rm(dataDir, { recursive: true, force: true });
    },
  };
}
