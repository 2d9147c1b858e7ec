import type { DeviceProperty, DeviceSpec } from "../../shared/model/device.ts";
import { deviceKey } from "../../shared/model/device.ts";
import { mergeConfig, protocolOf } from "../../shared/model/protocols.ts";
import type { DeviceResource, DeviceResourceProperty } from "../../shared/model/resources/device.ts";
import type { DeviceModelResource, ModelProperty } from "../../shared/model/resources/deviceModel.ts";
import { PAUSED_ANNOTATION } from "../../shared/model/resources/metadata.ts";
import { PROPERTY_TYPES, type PropertyType } from "../../shared/model/value.ts";

/** Something in a manifest that is read in a way its author should know of. */
interface ConfigNote {
  readonly kind: "Nanoseconds" | "PushMethodIgnored";
  readonly message: string;
}

export type Resolution =
  | {
      readonly kind: "resolved";
      readonly spec: DeviceSpec;
      /** What had to be left out, each with its path. */
      readonly problems: readonly string[];
      readonly notes: readonly ConfigNote[];
    }
  | { readonly kind: "unresolved"; readonly reason: "NoModel" | "ModelMissing"; readonly message: string };

const DEFAULT_CYCLE_MS = 1000;
/** Above a day, a cycle was meant in nanoseconds: KubeEdge's unit before 1.17. */
const LONGEST_CYCLE_MS = 86_400_000;
const NANOSECONDS_PER_MS = 1_000_000;

/**
 * A Device and its model as one whole for the edge: the model's defaults under the instance's values, as KubeEdge
 * merges them (per property by name, configData key by key). More than KubeEdge: a property that the model gives a
 * visitor need not be named by the Device.
 */
export function resolveDevice(device: DeviceResource, model: DeviceModelResource | undefined): Resolution {
  const { namespace = "default", name, uid = "", annotations } = device.metadata;
  // Manifests applied under KubeEdge's own CRDs may lack what ours require.
  const { deviceModelRef, protocol, properties = [], methods = [], stateReport } = device.spec ?? {};
  const modelName = deviceModelRef?.name ?? "";
  if (modelName === "") {
    return { kind: "unresolved", reason: "NoModel", message: "spec.deviceModelRef.name names no DeviceModel" };
  }
  if (model === undefined) {
    const message = `spec.deviceModelRef.name: there is no DeviceModel ${modelName} in namespace ${namespace}; apply it`;
    return { kind: "unresolved", reason: "ModelMissing", message };
  }
  const { properties: modelProperties = [], protocol: modelProtocol = "", protocolConfigData } = model.spec ?? {};
  const protocolName = protocol?.protocolName || modelProtocol;
  const resolved = instancesOf(properties, modelProperties).map((property) => {
    const ofModel = modelProperties.find((each) => each.name === property.name);
    return resolveProperty(property, ofModel, { modelName, protocolName });
  });
  const spec: DeviceSpec = {
    key: deviceKey(namespace, name),
    uid,
    protocol: {
      name: protocolName,
      config: mergeConfig(protocolOf(protocolName), protocolConfigData, protocol?.configData),
    },
    properties: resolved.flatMap(({ property }) => property ?? []),
    methods: methods.map((method) => ({ name: method.name ?? "", propertyNames: method.propertyNames ?? [] })),
    paused: annotations?.[PAUSED_ANNOTATION] === "true",
    reportState: stateReport?.reportToCloud ?? true,
  };
  return { kind: "resolved", spec, problems: resolved.flatMap(({ problem }) => problem ?? []), notes: notesOn(device) };
}

/**
 * What the Device names, and what the model gives a visitor: a property whose place the model knows is there on every
 * device. In the model's order, which is how people think of it; what the model does not know comes last.
 */
function instancesOf(
  named: readonly DeviceResourceProperty[],
  ofModel: readonly ModelProperty[],
): readonly DeviceResourceProperty[] {
  const inModel = ofModel.flatMap(({ name = "", visitors }) => {
    const instance = named.find((each) => each.name === name);
    return instance ?? (visitors === undefined ? [] : { name });
  });
  return [...inModel, ...named.filter(({ name }) => !ofModel.some((each) => each.name === name))];
}

function resolveProperty(
  instance: DeviceResourceProperty,
  ofModel: ModelProperty | undefined,
  { modelName, protocolName }: { readonly modelName: string; readonly protocolName: string },
): { readonly property?: DeviceProperty; readonly problem?: string } {
  const path = `spec.properties[${instance.name}]`;
  if (ofModel === undefined) return { problem: `${path}: DeviceModel ${modelName} has no property of that name` };
  const { type } = ofModel;
  if (!isPropertyType(type)) return { problem: `${path}: DeviceModel ${modelName} gives it type ${type ?? "none"}` };
  const visitor = visitorOf(instance, ofModel, protocolName);
  return {
    property: {
      name: instance.name,
      type,
      accessMode: ofModel.accessMode ?? "ReadWrite",
      ...limitsOf(ofModel),
      ...(visitor === undefined ? {} : { visitor }),
      collectCycleMs: cycleMs(instance.collectCycle),
      reportCycleMs: cycleMs(instance.reportCycle),
      reportToCloud: instance.reportToCloud ?? true,
    },
  };
}

function limitsOf({ minimum, maximum, unit }: ModelProperty): Pick<DeviceProperty, "minimum" | "maximum" | "unit"> {
  return { ...(minimum ? { minimum } : {}), ...(maximum ? { maximum } : {}), ...(unit ? { unit } : {}) };
}

function visitorOf(
  { visitors: own }: DeviceResourceProperty,
  { visitors: ofModel }: ModelProperty,
  protocolName: string,
): DeviceProperty["visitor"] {
  if (own === undefined && ofModel === undefined) return undefined;
  // As KubeEdge: where the model has visitors, it names the protocol.
  const protocol = ofModel?.protocolName || own?.protocolName || protocolName;
  return { protocol, config: mergeConfig(protocolOf(protocol), ofModel?.configData, own?.configData) };
}

function cycleMs(cycle: number | undefined): number {
  if (!cycle) return DEFAULT_CYCLE_MS;
  return isNanoseconds(cycle) ? cycle / NANOSECONDS_PER_MS : cycle;
}

const isNanoseconds = (cycle: number | undefined): boolean => cycle !== undefined && cycle > LONGEST_CYCLE_MS;

const isPropertyType = (type: string | undefined): type is PropertyType =>
  PROPERTY_TYPES.some((known) => known === type);

function notesOn({ spec }: DeviceResource): readonly ConfigNote[] {
  const properties = spec.properties ?? [];
  const inNanoseconds = properties.flatMap(({ name, collectCycle, reportCycle }) => [
    ...(isNanoseconds(collectCycle) ? [`spec.properties[${name}].collectCycle ${collectCycle}`] : []),
    ...(isNanoseconds(reportCycle) ? [`spec.properties[${name}].reportCycle ${reportCycle}`] : []),
  ]);
  const pushed = properties.filter(({ pushMethod }) => pushMethod !== undefined).map(({ name }) => name);
  const notes: ConfigNote[] = [];
  if (inNanoseconds.length > 0) {
    const message = `Taken as nanoseconds, as older KubeEdge manifests have them: ${inNanoseconds.join(", ")}. Write milliseconds.`;
    notes.push({ kind: "Nanoseconds", message });
  }
  if (pushed.length > 0) {
    const message = `pushMethod does nothing yet on ${pushed.join(", ")}; the values go to DeviceStatus and MQTT.`;
    notes.push({ kind: "PushMethodIgnored", message });
  }
  return notes;
}
