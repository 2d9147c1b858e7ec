import type { z } from "zod";
import type { JsonObject } from "./device.ts";
import { deviceSchema } from "./resources/device.ts";
import { deviceModelSchema } from "./resources/deviceModel.ts";
import { deviceStatusSchema } from "./resources/deviceStatus.ts";
import { siteSchema } from "./resources/site.ts";
import { structuralSchema } from "./resources/structural.ts";

/** A column of kubectl get. `wide`: shown with -o wide alone. */
interface Column {
  readonly name: string;
  readonly jsonPath: string;
  readonly type: "string" | "integer" | "date";
  readonly description: string;
  readonly wide?: boolean;
}

interface CustomResource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly shortNames: readonly string[];
  readonly scope: "Namespaced" | "Cluster";
  readonly schema: z.ZodType;
  /** Whether status is written through its own subresource and does not count in metadata.generation. */
  readonly statusSubresource: boolean;
  readonly columns: readonly Column[];
}

const AGE: Column = {
  name: "Age",
  jsonPath: ".metadata.creationTimestamp",
  type: "date",
  description: "How long it has existed.",
};

const condition = (type: string, field: "status" | "reason") => `.status.conditions[?(@.type=="${type}")].${field}`;

const devices = { group: "devices.kubeedge.io", version: "v1beta1", scope: "Namespaced" } as const;

const deviceModels: CustomResource = {
  ...devices,
  kind: "DeviceModel",
  plural: "devicemodels",
  shortNames: ["dm"],
  schema: deviceModelSchema,
  statusSubresource: false,
  columns: [
    { name: "Protocol", jsonPath: ".spec.protocol", type: "string", description: "Protocol of its devices." },
    AGE,
  ],
};

const deviceResources: CustomResource = {
  ...devices,
  kind: "Device",
  plural: "devices",
  shortNames: ["dev"],
  schema: deviceSchema,
  statusSubresource: true,
  columns: [
    { name: "Node", jsonPath: ".spec.nodeName", type: "string", description: "Edge node that reaches it." },
    { name: "Protocol", jsonPath: ".spec.protocol.protocolName", type: "string", description: "What it speaks." },
    { name: "Model", jsonPath: ".spec.deviceModelRef.name", type: "string", description: "Its DeviceModel." },
    { name: "Connected", jsonPath: condition("Connected", "status"), type: "string", description: "Does it answer?" },
    { name: "Reason", jsonPath: condition("Connected", "reason"), type: "string", description: "Why so." },
    {
      name: "Accepted",
      jsonPath: condition("Accepted", "reason"),
      type: "string",
      description: "Is its configuration good?",
      wide: true,
    },
    {
      name: "Desired",
      jsonPath: condition("DesiredApplied", "status"),
      type: "string",
      description: "Are its desired values in the device?",
      wide: true,
    },
    AGE,
  ],
};

const deviceStatuses: CustomResource = {
  ...devices,
  kind: "DeviceStatus",
  plural: "devicestatuses",
  shortNames: ["dst"],
  schema: deviceStatusSchema,
  // KubeEdge has none here: whoever reports merges into the resource itself.
  statusSubresource: false,
  columns: [
    { name: "State", jsonPath: ".status.state", type: "string", description: "online, offline, unhealthy, unknown." },
    { name: "Values", jsonPath: ".status.summary", type: "string", description: "What the device last said." },
    {
      name: "LastOnline",
      jsonPath: ".status.lastOnlineTime",
      type: "date",
      description: "How long ago the device came online; of one that is not, how long ago it last answered.",
    },
    AGE,
  ],
};

const sites: CustomResource = {
  group: "edgeloom.io",
  version: "v1alpha1",
  scope: "Cluster",
  kind: "Site",
  plural: "sites",
  shortNames: [],
  schema: siteSchema,
  statusSubresource: true,
  columns: [
    { name: "Nodes", jsonPath: ".status.nodes", type: "string", description: "Its nodes." },
    { name: "Connected", jsonPath: ".status.connected", type: "integer", description: "How many are connected." },
    { name: "Devices", jsonPath: ".status.devices.total", type: "integer", description: "Devices on its nodes." },
    { name: "Online", jsonPath: ".status.devices.online", type: "integer", description: "How many are online." },
    AGE,
  ],
};

/** The CustomResourceDefinitions of Edgeloom (apiextensions.k8s.io/v1), made from the schemas in `resources/`. */
export const CUSTOM_RESOURCE_DEFINITIONS: readonly JsonObject[] = [
  deviceModels,
  deviceResources,
  deviceStatuses,
  sites,
].map(definitionOf);

function definitionOf(resource: CustomResource): JsonObject {
  const { group, version, kind, plural, scope, shortNames, statusSubresource, columns } = resource;
  const names = {
    kind,
    listKind: `${kind}List`,
    plural,
    singular: kind.toLowerCase(),
    categories: ["all", "edgeloom"],
  };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope,
      names: shortNames.length === 0 ? names : { ...names, shortNames: [...shortNames] },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          ...(statusSubresource ? { subresources: { status: {} } } : {}),
          additionalPrinterColumns: columns.map(({ wide, ...column }) => ({
            ...column,
            ...(wide ? { priority: 1 } : {}),
          })),
          schema: { openAPIV3Schema: rootSchema(resource.schema) },
        },
      ],
    },
  };
}

/** What every resource has, in the words of Kubernetes' own API conventions. */
function rootSchema(schema: z.ZodType): JsonObject {
  const { properties, ...rest } = structuralSchema(schema);
  return {
    ...rest,
    properties: {
      apiVersion: { description: "Group and version of the schema of this object.", type: "string" },
      kind: { description: "Kind of the object.", type: "string" },
      metadata: { type: "object" },
      ...(typeof properties === "object" && !Array.isArray(properties) ? properties : {}),
    },
  };
}
