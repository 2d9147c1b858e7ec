const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
const text = { type: "string" };
const twinValue = {
  type: "object",
  required: ["value"],
  properties: { value: text, metadata: { type: "object", additionalProperties: text } },
};
const status = {
  type: "object",
  properties: {
    state: text,
    lastOnlineTime: text,
    extensions: open,
    twins: {
      type: "array",
      items: { type: "object", properties: { propertyName: text, reported: twinValue, observedDesired: twinValue } },
    },
  },
};

const definition = (kind: string, plural: string, parts: Readonly<Record<string, unknown>>) => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `${plural}.devices.kubeedge.io` },
  spec: {
    group: "devices.kubeedge.io",
    scope: "Namespaced",
    names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
    versions: [
      {
        name: "v1beta1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object", properties: { spec: open, ...parts } } },
      },
    ],
  },
});

/**
 * CRDs as KubeEdge installs them, as far as it matters to a cloud on top: no status subresource, nothing required, and
 * in DeviceStatus none of the fields that are ours alone.
 */
export const KUBEEDGE_DEFINITIONS = [
  definition("DeviceModel", "devicemodels", {}),
  definition("Device", "devices", { status: open }),
  definition("DeviceStatus", "devicestatuses", { status }),
];
