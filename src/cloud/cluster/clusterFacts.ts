import type { KubeClient } from "./kubeClient.ts";
import { isNotFound } from "./kubeFault.ts";
import { DEVICES, groupPath } from "./resourcePath.ts";

/** What this cluster's definitions of our resources have; KubeEdge's own CRDs have fewer abilities than ours. */
export interface ClusterFacts {
  /** Of devices.kubeedge.io/v1beta1 what we need and the server does not serve. */
  readonly missing: readonly string[];
  /** Whether conditions can be written to a Device without raising its generation. */
  readonly deviceHasStatus: boolean;
  readonly deviceStatusHasStatus: boolean;
}

const NEEDED = ["devices", "devicemodels", "devicestatuses"] as const;

/** Asks the server's discovery. */
export async function readClusterFacts(client: KubeClient, signal: AbortSignal): Promise<ClusterFacts> {
  const served = new Set(await servedBy(client, signal));
  return {
    missing: NEEDED.filter((name) => !served.has(name)),
    deviceHasStatus: served.has("devices/status"),
    deviceStatusHasStatus: served.has("devicestatuses/status"),
  };
}

async function servedBy(client: KubeClient, signal: AbortSignal): Promise<readonly string[]> {
  try {
    const { resources } = await client.request<{ resources: readonly { readonly name: string }[] }>(
      { method: "GET", path: groupPath(DEVICES) },
      signal,
    );
    return resources.map(({ name }) => name);
  } catch (error) {
    if (isNotFound(error)) return []; // the whole group is unknown
    throw error;
  }
}
