import { systemClock } from "../../shared/kit/time.ts";
import type { DeviceResource } from "../../shared/model/resources/device.ts";
import type { DeviceStatusResource } from "../../shared/model/resources/deviceStatus.ts";
import { KubeClient } from "../cluster/kubeClient.ts";
import { loadKubeconfig } from "../cluster/kubeconfig.ts";
import { DEVICE_STATUSES, DEVICES, pathOf, type ResourceType } from "../cluster/resourcePath.ts";

export interface DeviceLine {
  readonly namespace: string;
  readonly name: string;
  readonly node: string;
  readonly state: string;
  /** DeviceStatus.status.summary; "" while there are no values. */
  readonly values: string;
}

/** Every Device with its state and values, as a person wants to see them side by side. */
export async function listDevices({ kubeconfig }: { readonly kubeconfig: string }): Promise<readonly DeviceLine[]> {
  const client = new KubeClient({ config: loadKubeconfig({ kubeconfig }), clock: systemClock });
  try {
    const list = async <T>(type: ResourceType) =>
      (await client.request<{ items: T[] }>({ method: "GET", path: pathOf(type) }, new AbortController().signal)).items;
    const [devices, statuses] = await Promise.all([
      list<DeviceResource>(DEVICES),
      list<DeviceStatusResource>(DEVICE_STATUSES),
    ]);
    return devices.map(({ metadata, spec }) => {
      const status = statuses.find(
        (each) => each.metadata.name === metadata.name && each.metadata.namespace === metadata.namespace,
      )?.status;
      return {
        namespace: metadata.namespace ?? "",
        name: metadata.name ?? "",
        node: spec.nodeName ?? "",
        state: status?.state ?? "unknown",
        values: status?.summary ?? "",
      };
    });
  } finally {
    client.close();
  }
}
