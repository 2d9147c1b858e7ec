import type { Condition } from "../../shared/model/resources/condition.ts";
import type { DeviceResource } from "../../shared/model/resources/device.ts";
import { type KubeClient, MERGE_PATCH } from "./kubeClient.ts";
import { DEVICES, pathOf } from "./resourcePath.ts";

/** Writes what we make of a Device into its status; the spec is the user's. */
export class DeviceWriter {
  readonly #client: KubeClient;
  readonly #hasStatus: () => boolean;

  /** `hasStatus`: the cluster's CRD has the status subresource. KubeEdge's own has not: there conditions would raise the Device's generation, so none are written. */
  constructor({ client, hasStatus }: { client: KubeClient; hasStatus: () => boolean }) {
    this.#client = client;
    this.#hasStatus = hasStatus;
  }

  /** Replaces the conditions. `state.conflict` if the Device was re-created meanwhile, `data.unknown` if it is gone. */
  async writeConditions(device: DeviceResource, conditions: readonly Condition[], signal: AbortSignal): Promise<void> {
    if (!this.#hasStatus()) return;
    const { namespace, name, uid, generation } = device.metadata;
    await this.#client.request(
      {
        method: "PATCH",
        path: pathOf(DEVICES, { namespace, name, subresource: "status" }),
        contentType: MERGE_PATCH,
        body: { metadata: { uid }, status: { observedGeneration: generation, conditions } },
      },
      signal,
    );
  }
}
