/** Which resource: enough to write its path. */
export interface ResourceType {
  /** "" for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

export const DEVICES: ResourceType = { group: "devices.kubeedge.io", version: "v1beta1", plural: "devices" };
export const DEVICE_MODELS: ResourceType = { ...DEVICES, plural: "devicemodels" };
export const DEVICE_STATUSES: ResourceType = { ...DEVICES, plural: "devicestatuses" };
export const NODES: ResourceType = { group: "", version: "v1", plural: "nodes" };
export const SECRETS: ResourceType = { group: "", version: "v1", plural: "secrets" };
export const NAMESPACES: ResourceType = { group: "", version: "v1", plural: "namespaces" };
export const EVENTS: ResourceType = { group: "", version: "v1", plural: "events" };
export const LEASES: ResourceType = { group: "coordination.k8s.io", version: "v1", plural: "leases" };
export const CRDS: ResourceType = {
  group: "apiextensions.k8s.io",
  version: "v1",
  plural: "customresourcedefinitions",
};

/** The root of a group's version: `/apis/devices.kubeedge.io/v1beta1`, or `/api/v1` for the core. */
export const groupPath = ({ group, version }: ResourceType): string =>
  group === "" ? `/api/${version}` : `/apis/${group}/${version}`;

/** A collection (of one namespace, or of all), one object of it, or that object's subresource. */
export function pathOf(
  type: ResourceType,
  { namespace, name, subresource }: { namespace?: string | undefined; name?: string; subresource?: string } = {},
): string {
  const parts = [...(namespace === undefined ? [] : ["namespaces", namespace]), type.plural];
  if (name !== undefined) parts.push(name);
  if (subresource !== undefined) parts.push(subresource);
  return `${groupPath(type)}/${parts.map(encodeURIComponent).join("/")}`;
}
