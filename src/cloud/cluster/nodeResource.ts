import { isoSeconds } from "../../shared/kit/time.ts";
import type { ObjectMeta } from "../../shared/model/resources/metadata.ts";
import { type KubeClient, MERGE_PATCH } from "./kubeClient.ts";
import { isConflict, isNotFound } from "./kubeFault.ts";
import { NODES, pathOf } from "./resourcePath.ts";

/** core/v1 NodeCondition. */
export interface NodeCondition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
  readonly lastHeartbeatTime?: string;
  readonly lastTransitionTime?: string;
}

/** core/v1 Node, as far as we read it. */
export interface NodeResource {
  readonly metadata: ObjectMeta;
  readonly status?: { readonly conditions?: readonly NodeCondition[] };
}

/** Says that the Node is ours: no kubelet speaks for it. */
const MANAGED = "edgeloom.io/managed";
const SITE_LABEL = "edgeloom.io/site";
const ROLE_LABELS = { "node-role.kubernetes.io/edge": "", "node-role.kubernetes.io/agent": "" } as const;
const NO_KUBELET = { key: "edgeloom.io/no-kubelet", effect: "NoSchedule" } as const;
const NEVER_CONNECTED = {
  type: "Ready",
  status: "Unknown",
  reason: "NeverConnected",
  message: "The edge is enrolled and has not connected yet; start it with: edgeloom edge",
} as const;

export const isManaged = ({ metadata }: NodeResource): boolean => metadata.annotations?.[MANAGED] === "true";

export const readyOf = ({ status }: NodeResource): NodeCondition | undefined =>
  status?.conditions?.find(({ type }) => type === "Ready");

/** Nodes of enrolled edges. One that a kubelet has registered gets our labels and nothing else. */
export class NodeWriter {
  readonly #client: KubeClient;
  readonly #now: () => number;
  readonly #version: string;
  readonly #signal: AbortSignal;

  /** `version` is shown by `kubectl get nodes`; `signal` ends what is under way when the cloud stops. */
  constructor(parts: { client: KubeClient; now: () => number; version: string; signal: AbortSignal }) {
    this.#client = parts.client;
    this.#now = parts.now;
    this.#version = parts.version;
    this.#signal = parts.signal;
  }

  /** An edge has got its certificate: it has a Node from now on, of that site. */
  async enrolled(name: string, { site }: { readonly site?: string | undefined }): Promise<void> {
    await this.ensure(name, site === undefined ? {} : { [SITE_LABEL]: site });
  }

  /** The Node, created if it is missing, with our labels. */
  async ensure(name: string, moreLabels: Readonly<Record<string, string>> = {}): Promise<NodeResource> {
    const labels = { ...ROLE_LABELS, ...moreLabels };
    const path = pathOf(NODES, { name });
    const found = await this.#read(path);
    if (found === undefined) return await this.#create(name, labels);
    const has = found.metadata.labels ?? {};
    if (Object.entries(labels).every(([key, value]) => has[key] === value)) return found;
    return await this.#client.request(
      { method: "PATCH", path, contentType: MERGE_PATCH, body: { metadata: { labels } } },
      this.#signal,
    );
  }

  /** Writes condition Ready of a Node that is ours; of a kubelet's Node the kubelet says it. */
  async writeReady(
    node: NodeResource,
    ready: Pick<NodeCondition, "status" | "reason" | "message">,
  ): Promise<NodeResource> {
    if (!isManaged(node)) return node;
    const before = readyOf(node);
    if (before?.status === ready.status && before.reason === ready.reason) return node;
    const now = isoSeconds(this.#now());
    const condition: NodeCondition = {
      type: "Ready",
      ...ready,
      lastHeartbeatTime: now,
      lastTransitionTime: before?.status === ready.status ? (before.lastTransitionTime ?? now) : now,
    };
    const others = (node.status?.conditions ?? []).filter(({ type }) => type !== "Ready");
    return await this.#client.request(
      {
        method: "PATCH",
        path: pathOf(NODES, { name: node.metadata.name, subresource: "status" }),
        contentType: MERGE_PATCH,
        body: { status: { conditions: [...others, condition] } },
      },
      this.#signal,
    );
  }

  async #create(name: string, labels: Readonly<Record<string, string>>): Promise<NodeResource> {
    const body = {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name, labels, annotations: { [MANAGED]: "true" } },
      spec: { taints: [NO_KUBELET] },
      status: { nodeInfo: this.#nodeInfo() },
    };
    try {
      const created = await this.#client.request<NodeResource>(
        { method: "POST", path: pathOf(NODES), body },
        this.#signal,
      );
      return await this.writeReady(created, NEVER_CONNECTED);
    } catch (error) {
      if (isConflict(error)) return await this.ensure(name, labels); // somebody was first
      throw error;
    }
  }

  /** core/v1 NodeSystemInfo; all its fields are required. kubeletVersion is what `kubectl get nodes` shows as VERSION. */
  #nodeInfo(): Readonly<Record<string, string>> {
    return {
      architecture: "",
      bootID: "",
      containerRuntimeVersion: "",
      kernelVersion: "",
      kubeProxyVersion: "",
      kubeletVersion: `edgeloom-${this.#version}`,
      machineID: "",
      operatingSystem: "",
      osImage: "",
      systemUUID: "",
    };
  }

  async #read(path: string): Promise<NodeResource | undefined> {
    try {
      return await this.#client.request<NodeResource>({ method: "GET", path }, this.#signal);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }
}
