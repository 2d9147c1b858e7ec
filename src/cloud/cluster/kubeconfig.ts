import { KubeConfig } from "@kubernetes/client-node";
import { Fault, textOf } from "../../shared/kit/fault.ts";

export interface KubeconfigChoice {
  /** A file, or several separated as in $KUBECONFIG; without it $KUBECONFIG, ~/.kube/config, then in-cluster. */
  readonly kubeconfig?: string | undefined;
  /** As kubectl's --context; without it the file's current-context. */
  readonly context?: string | undefined;
}

/**
 * Reads how the API server is reached, as kubectl does. Throws `config.missing` where nothing says so (the library
 * would go on with http://localhost:8080), `config.invalid` for a file that does not parse or an unknown context.
 */
export function loadKubeconfig({ kubeconfig, context }: KubeconfigChoice): KubeConfig {
  const source = kubeconfig ?? "$KUBECONFIG, ~/.kube/config or the pod's service account";
  const config = read(kubeconfig, source);
  if (context !== undefined) config.setCurrentContext(context);
  const name = config.getCurrentContext();
  const cluster = config.getCurrentCluster();
  if (!cluster) {
    const known = config.getContexts().map((each) => each.name);
    throw new Fault(
      "config.invalid",
      `${source}: no context ${JSON.stringify(name ?? "")} with a cluster; it has ${known.join(", ") || "none"}; choose one with --context`,
    );
  }
  if (kubeconfig === undefined && cluster.server === "http://localhost:8080") {
    throw new Fault(
      "config.missing",
      "no Kubernetes API is configured: give --kubeconfig or $KUBECONFIG, or run in a pod with a service account",
    );
  }
  return config;
}

function read(kubeconfig: string | undefined, source: string): KubeConfig {
  const config = new KubeConfig();
  try {
    if (kubeconfig === undefined) {
      config.loadFromDefault();
      return config;
    }
    const [first = "", ...others] = kubeconfig.split(":").filter((file) => file !== "");
    config.loadFromFile(first);
    for (const file of others) {
      const other = new KubeConfig();
      other.loadFromFile(file);
      config.mergeConfig(other, true);
    }
    return config;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new Fault(
      code === "ENOENT" ? "config.missing" : "config.invalid",
      `cannot read the kubeconfig (${source}): ${textOf(cause)}`,
      { cause },
    );
  }
}
