import { systemClock } from "../../shared/kit/time.ts";
import { KubeClient, MERGE_PATCH } from "../cluster/kubeClient.ts";
import { loadKubeconfig } from "../cluster/kubeconfig.ts";
import { isConflict } from "../cluster/kubeFault.ts";
import { DEVICE_MODELS, DEVICES, pathOf, type ResourceType } from "../cluster/resourcePath.ts";

const SITES: ResourceType = { group: "edgeloom.io", version: "v1alpha1", plural: "sites" };
const TYPES: Readonly<Record<string, ResourceType>> = { Device: DEVICES, DeviceModel: DEVICE_MODELS, Site: SITES };

interface SeedObject {
  readonly kind?: string;
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
}

/**
 * Creates objects that are not there yet. What exists belongs to whoever edited it, and is left alone but for what
 * `renew` gives: a merge patch. Kinds: Device, DeviceModel, Site.
 */
export async function seed({
  kubeconfig,
  objects,
  renew,
}: {
  readonly kubeconfig: string;
  readonly objects: readonly SeedObject[];
  readonly renew: (object: SeedObject) => unknown;
}): Promise<void> {
  const client = new KubeClient({ config: loadKubeconfig({ kubeconfig }), clock: systemClock });
  const { signal } = new AbortController();
  try {
    for (const object of objects) {
      const type = TYPES[object.kind ?? ""];
      const { name, namespace } = object.metadata ?? {};
      if (type === undefined || name === undefined) continue;
      try {
        await client.request({ method: "POST", path: pathOf(type, { namespace }), body: object }, signal);
      } catch (error) {
        if (!isConflict(error)) throw error;
        const body = renew(object);
        if (body === undefined) continue;
        const path = pathOf(type, { namespace, name });
        await client.request({ method: "PATCH", path, body, contentType: MERGE_PATCH }, signal);
      }
    }
  } finally {
    client.close();
  }
}
