import { Fault } from "../../shared/kit/fault.ts";
import { type DeviceKey, splitKey } from "../../shared/model/device.ts";
import type { DeviceStatusResource, DeviceStatusStatus } from "../../shared/model/resources/deviceStatus.ts";
import { type KubeClient, MERGE_PATCH } from "./kubeClient.ts";
import { isConflict, isNotFound } from "./kubeFault.ts";
import { mergePatchOf } from "./mergePatch.ts";
import { DEVICE_STATUSES, pathOf } from "./resourcePath.ts";

/** A DeviceStatus as we left it: what the next patch starts from. */
export interface WrittenStatus {
  /** Of the DeviceStatus object. */
  readonly uid: string;
  readonly status: DeviceStatusStatus;
}

/** Creates and patches DeviceStatus objects, each owned by its Device, so that it goes when the Device goes. */
export class DeviceStatusWriter {
  readonly #client: KubeClient;
  readonly #hasStatus: () => boolean;

  /** `hasStatus`: the cluster's CRD has a status subresource; ours and KubeEdge's have none. */
  constructor({ client, hasStatus }: { client: KubeClient; hasStatus: () => boolean }) {
    this.#client = client;
    this.#hasStatus = hasStatus;
  }

  /**
   * Makes the object hold `status`. `before`: what it holds, if that is known; else it is read, or created. An object
   * of an earlier Device of the same name is replaced. `data.unknown`: the namespace or the Device is gone.
   */
  async write(
    owner: { readonly key: DeviceKey; readonly uid: string },
    { before, status }: { readonly before: WrittenStatus | undefined; readonly status: DeviceStatusStatus },
    signal: AbortSignal,
  ): Promise<WrittenStatus> {
    if (before !== undefined) {
      try {
        return await this.#patch(owner.key, { before, status }, signal);
      } catch (error) {
        // Deleted or replaced by somebody: look what is there now.
        if (!isNotFound(error) && !isConflict(error)) throw error;
      }
    }
    const found = await this.#read(owner.key, signal);
    if (found === undefined) return await this.#create(owner, status, signal);
    if (!isOwnedBy(found, owner.uid)) {
      await this.#delete(found, signal);
      return await this.#create(owner, status, signal);
    }
    return await this.#patch(owner.key, { before: writtenOf(found), status }, signal);
  }

  async #patch(
    key: DeviceKey,
    { before, status }: { readonly before: WrittenStatus; readonly status: DeviceStatusStatus },
    signal: AbortSignal,
  ): Promise<WrittenStatus> {
    const patch = mergePatchOf(before.status, status);
    if (patch === undefined) return before;
    const path = pathOf(DEVICE_STATUSES, { ...splitKey(key), ...this.#subresource });
    await this.#client.request(
      // The uid is a precondition: what was read of one object must not be laid over another.
      { method: "PATCH", path, contentType: MERGE_PATCH, body: { metadata: { uid: before.uid }, status: patch } },
      signal,
    );
    return { uid: before.uid, status };
  }

  async #create(
    { key, uid }: { readonly key: DeviceKey; readonly uid: string },
    status: DeviceStatusStatus,
    signal: AbortSignal,
  ): Promise<WrittenStatus> {
    const { namespace, name } = splitKey(key);
    const ownerReferences = [
      { apiVersion: "devices.kubeedge.io/v1beta1", kind: "Device", name, uid, controller: true },
    ];
    const created = await this.#client.request<DeviceStatusResource>(
      {
        method: "POST",
        path: pathOf(DEVICE_STATUSES, { namespace }),
        body: {
          apiVersion: "devices.kubeedge.io/v1beta1",
          kind: "DeviceStatus",
          metadata: { namespace, name, ownerReferences },
          status,
        },
      },
      signal,
    );
    const written = { uid: created.metadata.uid ?? "", status };
    if (!this.#hasStatus()) return written;
    // With a subresource a create leaves the status out.
    return await this.#patch(key, { before: { uid: written.uid, status: {} }, status }, signal);
  }

  async #read(key: DeviceKey, signal: AbortSignal): Promise<DeviceStatusResource | undefined> {
    try {
      return await this.#client.request({ method: "GET", path: pathOf(DEVICE_STATUSES, splitKey(key)) }, signal);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async #delete({ metadata }: DeviceStatusResource, signal: AbortSignal): Promise<void> {
    const { namespace, name, uid } = metadata;
    try {
      const body = { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid } };
      await this.#client.request(
        { method: "DELETE", path: pathOf(DEVICE_STATUSES, { namespace, name }), body },
        signal,
      );
    } catch (error) {
      if (!isNotFound(error)) throw error; // else the garbage collector was first
    }
  }

  get #subresource(): { readonly subresource?: string } {
    return this.#hasStatus() ? { subresource: "status" } : {};
  }
}

/** What a DeviceStatus holds, if it belongs to the Device of that uid. */
export function writtenOf({ metadata, status }: DeviceStatusResource): WrittenStatus {
  if (metadata.uid === undefined) throw new Fault("link.confused", `DeviceStatus ${metadata.name} came without a uid`);
  return { uid: metadata.uid, status: status ?? {} };
}

export const isOwnedBy = ({ metadata }: DeviceStatusResource, deviceUid: string): boolean =>
  (metadata.ownerReferences ?? []).every(({ kind, uid }) => kind !== "Device" || uid === deviceUid);
