import { isoTime } from "../../shared/kit/time.ts";
import { type KubeClient, MERGE_PATCH } from "./kubeClient.ts";
import { isConflict, isNotFound } from "./kubeFault.ts";
import { LEASES, pathOf } from "./resourcePath.ts";

const NAMESPACE = "kube-node-lease";

/** Node leases, as a kubelet keeps them (KEP-589): while one is renewed, its node is there. */
export class LeaseWriter {
  readonly #client: KubeClient;
  readonly #now: () => number;
  readonly #signal: AbortSignal;

  constructor({ client, now, signal }: { client: KubeClient; now: () => number; signal: AbortSignal }) {
    this.#client = client;
    this.#now = now;
    this.#signal = signal;
  }

  /** Says that the node is there now and that this holds for `durationSeconds`; makes the lease if there is none. */
  async renew(node: { readonly name: string; readonly uid: string }, durationSeconds: number): Promise<void> {
    // metav1.MicroTime has six decimals.
    const renewTime = isoTime(this.#now()).replace("Z", "000Z");
    const spec = { holderIdentity: node.name, leaseDurationSeconds: durationSeconds, renewTime };
    const path = pathOf(LEASES, { namespace: NAMESPACE, name: node.name });
    const renewal = { method: "PATCH", path, contentType: MERGE_PATCH, body: { spec } } as const;
    try {
      await this.#client.request(renewal, this.#signal);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await this.#create(node, spec);
    }
  }

  async #create(node: { readonly name: string; readonly uid: string }, spec: Readonly<Record<string, unknown>>) {
    const ownerReferences = [{ apiVersion: "v1", kind: "Node", name: node.name, uid: node.uid }];
    const body = {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name: node.name, namespace: NAMESPACE, ownerReferences },
      spec,
    };
    try {
      await this.#client.request(
        { method: "POST", path: pathOf(LEASES, { namespace: NAMESPACE }), body },
        this.#signal,
      );
    } catch (error) {
      if (!isConflict(error)) throw error; // else somebody has just made it: it is as fresh as ours
    }
  }
}
