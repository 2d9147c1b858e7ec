import type { PropertyType } from "./value.ts";

/** "namespace/name", as Kubernetes has it. */
export type DeviceKey = `${string}/${string}`;

/** Configuration as a manifest has it, whose keys only its protocol knows. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;
export interface JsonObject {
  [key: string]: JsonValue;
}

export const deviceKey = (namespace: string, name: string): DeviceKey => `${namespace}/${name}`;

/** The two halves of a key. */
export function splitKey(key: DeviceKey): { namespace: string; name: string } {
  const slash = key.indexOf("/");
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** One property of a device as its edge needs it: Device and DeviceModel resolved, defaults in place. */
export interface DeviceProperty {
  readonly name: string;
  readonly type: PropertyType;
  readonly accessMode: "ReadWrite" | "ReadOnly";
  /** Texts as in the model; empty or absent means no limit. */
  readonly minimum?: string;
  readonly maximum?: string;
  readonly unit?: string;
  /** How the value is reached; model's visitor with the instance's keys over it. Absent: not reachable by a mapper. */
  readonly visitor?: { readonly protocol: string; readonly config: JsonObject };
  /** Poll period, ms. */
  readonly collectCycleMs: number;
  /** Least interval between reports to the cloud, ms; 0 sends at once. */
  readonly reportCycleMs: number;
  /** false: the value stays at the edge. */
  readonly reportToCloud: boolean;
}

/** Everything an edge knows of one device. Compared by `digest`, delivered whole, never as a change. */
export interface DeviceSpec {
  readonly key: DeviceKey;
  /** The Device's uid: a re-created Device is another device, whatever its name. */
  readonly uid: string;
  readonly protocol: { readonly name: string; readonly config: JsonObject };
  readonly properties: readonly DeviceProperty[];
  readonly methods: readonly { readonly name: string; readonly propertyNames: readonly string[] }[];
  /** Annotation edgeloom.io/paused: no traffic to the device. */
  readonly paused: boolean;
  /** false: state changes stay at the edge. */
  readonly reportState: boolean;
}

/** What a device is, seen from the edge. `unhealthy`: the mapper has failed; `unknown`: nobody has looked yet. */
export const DEVICE_STATES = ["online", "offline", "unhealthy", "unknown"] as const;
export type DeviceState = (typeof DEVICE_STATES)[number];
