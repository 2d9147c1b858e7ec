import { systemClock } from "../../shared/kit/time.ts";
import { KubeClient } from "../cluster/kubeClient.ts";
import { loadKubeconfig } from "../cluster/kubeconfig.ts";
import { SecretStore } from "../cluster/secretResource.ts";
import { type IssuedToken, issueToken } from "../enrolment/joinToken.ts";

export interface TokenCreateRequest {
  /** As kubectl's flags have them. */
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  /** Where the cloud keeps its Secrets. */
  readonly namespace?: string | undefined;
  readonly ttlMs: number;
  /** The only node that may use the token. */
  readonly node?: string | undefined;
  /** How many nodes may use it; without limit if absent. */
  readonly uses?: number | undefined;
}

/** Makes a join token with the key that the cloud keeps in the cluster. `config.missing` before the cloud's first start. */
export async function tokenCreate(request: TokenCreateRequest): Promise<IssuedToken> {
  const { kubeconfig, context, namespace = "edgeloom", ttlMs, node, uses } = request;
  const client = new KubeClient({ config: loadKubeconfig({ kubeconfig, context }), clock: systemClock });
  try {
    const secrets = new SecretStore({ client, namespace, signal: new AbortController().signal });
    return await issueToken(secrets, { ttlMs, node, uses, now: systemClock.now() });
  } finally {
    client.close();
  }
}
