import type { JsonObject } from "../json.ts";
import { fieldText } from "../schema/compileSchema.ts";
import { validateCrd } from "../schema/crd/validateCrd.ts";
import type { KindSchema } from "../schema/kindSchema.ts";
import type { Cause } from "../status.ts";
import { configMapCauses } from "./configMap.ts";
import { fillCustomResourceDefinition } from "./customResourceDefinition.ts";
import { eventCauses, eventFields, eventsV1Causes, fillCoreEvent, fillEventsV1 } from "./events.ts";
import { leaseCauses } from "./lease.ts";
import { fillNamespace, namespaceCauses } from "./namespace.ts";
import { fillNode, nodeCauses } from "./node.ts";
import { fillSecret, secretCauses } from "./secret.ts";
import { fillService } from "./service.ts";
import { decodeTyped } from "./typedDecode.ts";

/** What a built-in kind adds to its typed schema. */
interface BuiltIn {
  /** Full name in components.json; undefined for a kind that is stored as it comes. */
  readonly component: string | undefined;
  readonly selectableFields?: readonly string[];
  /** The text of a selectable field that is not simply at its path. */
  readonly fieldValue?: (object: JsonObject, path: string) => string | undefined;
  /** Defaults and derived members, in place. */
  readonly fill?: (object: JsonObject) => void;
  readonly validate?: (object: JsonObject, old: JsonObject | undefined) => Cause[];
}

const CORE = "io.k8s.api.core.v1";

const BUILT_INS: ReadonlyMap<string, BuiltIn> = new Map<string, BuiltIn>([
  [
    "/v1/Namespace",
    {
      component: `${CORE}.Namespace`,
      selectableFields: ["status.phase"],
      fill: fillNamespace,
      validate: namespaceCauses,
    },
  ],
  [
    "/v1/Node",
    {
      component: `${CORE}.Node`,
      selectableFields: ["spec.unschedulable"],
      fieldValue: (object, path) => fieldText(object, path) || "false",
      fill: fillNode,
      validate: nodeCauses,
    },
  ],
  ["/v1/Secret", { component: `${CORE}.Secret`, selectableFields: ["type"], fill: fillSecret, validate: secretCauses }],
  ["/v1/ConfigMap", { component: `${CORE}.ConfigMap`, validate: configMapCauses }],
  [
    "/v1/Event",
    {
      component: `${CORE}.Event`,
      selectableFields: [...eventFields.keys()],
      fieldValue: (object, path) => eventFields.get(path)?.(object),
      fill: fillCoreEvent,
      validate: eventCauses,
    },
  ],
  [
    "events.k8s.io/v1/Event",
    {
      component: "io.k8s.api.events.v1.Event",
      selectableFields: [...eventFields.keys()],
      fieldValue: (object, path) => eventFields.get(path)?.(object),
      fill: fillEventsV1,
      validate: eventsV1Causes,
    },
  ],
  ["coordination.k8s.io/v1/Lease", { component: "io.k8s.api.coordination.v1.Lease", validate: leaseCauses }],
  [
    "/v1/Service",
    { component: `${CORE}.Service`, selectableFields: ["spec.clusterIP", "spec.type"], fill: fillService },
  ],
  ["/v1/ServiceAccount", { component: `${CORE}.ServiceAccount` }],
  [
    "/v1/Pod",
    {
      component: undefined,
      selectableFields: [
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "spec.hostNetwork",
        "status.phase",
        "status.podIP",
        "status.nominatedNodeName",
      ],
    },
  ],
  [
    "apiextensions.k8s.io/v1/CustomResourceDefinition",
    {
      component: "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition",
      fill: fillCustomResourceDefinition,
      validate: validateCrd,
    },
  ],
]);

/** The schema of a built-in kind, or undefined when it is none that we know. */
export function builtInSchema(group: string, version: string, kind: string): KindSchema | undefined {
  const builtIn = BUILT_INS.get(`${group}/${version}/${kind}`);
  return builtIn === undefined ? undefined : schemaOf(builtIn);
}

/** The name of a built-in's component in components.json, for the OpenAPI documents. */
export function builtInComponent(group: string, version: string, kind: string): string | undefined {
  return BUILT_INS.get(`${group}/${version}/${kind}`)?.component;
}

function schemaOf(builtIn: BuiltIn): KindSchema {
  const { component, fill, validate, fieldValue } = builtIn;
  return {
    mistake: (object) =>
      component === undefined ? undefined : decodeTyped(object, component, { path: "", clean: false }).mistake,
    prune: (object) =>
      component === undefined ? [] : [...decodeTyped(object, component, { path: "", clean: true }).unknown],
    applyDefaults: (object) => fill?.(object),
    validate: (object, old) => validate?.(object, old) ?? [],
    selectableFields: builtIn.selectableFields ?? [],
    fieldValue: (object, path) => fieldValue?.(object, path) ?? fieldText(object, path),
  };
}
