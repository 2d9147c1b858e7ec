import { alignColumns } from "../table.ts";

export interface DeviceRow {
  readonly namespace: string;
  readonly name: string;
  readonly node: string;
  readonly state: string;
  readonly values: string;
}

/** What a person sees when everything serves: the devices with their values, and what to type next. */
export function welcome({
  devices,
  kubeconfig,
  mqttUrl,
}: {
  readonly devices: readonly DeviceRow[];
  readonly kubeconfig: string | undefined;
  readonly mqttUrl: string | undefined;
}): string {
  const lines: string[] = [""];
  if (devices.length > 0) {
    const rows = devices.map(({ namespace, name, node, state, values }) => [
      `${namespace}/${name}`,
      node,
      state,
      values,
    ]);
    lines.push(alignColumns([["DEVICE", "NODE", "STATE", "VALUES"], ...rows]), "");
  }
  lines.push("In another shell:", "");
  if (kubeconfig !== undefined) {
    lines.push(`  export KUBECONFIG=${kubeconfig}`, "  kubectl get devices,devicestatuses");
  }
  if (mqttUrl !== undefined) {
    const { hostname, port } = new URL(mqttUrl);
    lines.push(`  mosquitto_sub -h ${hostname} -p ${port} -t 'devices/#' -v`);
  }
  lines.push("", "Ctrl-C stops everything; the next start continues where this one stopped.");
  return lines.join("\n");
}
