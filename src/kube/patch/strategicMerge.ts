import type { JsonObject, JsonValue } from "../json.ts";
import { cloneJson, isObject, sameJson, setValue } from "../json.ts";
import { badRequest } from "../status.ts";

/**
 * Strategic merge patch of built-in kinds (k8s.io/apimachinery/pkg/util/strategicpatch): lists of objects merge by a key,
 * some lists of scalars merge as sets, the rest is replaced. Directives: $patch (replace, delete, merge),
 * $deleteFromPrimitiveList, $setElementOrder, $retainKeys.
 */
const MERGE_KEYS: Readonly<Record<string, readonly string[]>> = {
  addresses: ["type"],
  conditions: ["type"],
  containers: ["name"],
  initContainers: ["name"],
  ephemeralContainers: ["name"],
  env: ["name"],
  hostAliases: ["ip"],
  imagePullSecrets: ["name"],
  ownerReferences: ["uid"],
  podIPs: ["ip"],
  hostIPs: ["ip"],
  ports: ["containerPort", "port"],
  readinessGates: [],
  secrets: ["name"],
  resourceClaims: ["name"],
  topologySpreadConstraints: ["topologyKey"],
  volumeDevices: ["devicePath"],
  volumeMounts: ["mountPath"],
  volumes: ["name"],
};
/** Lists of scalars that merge as sets. */
const SETS = new Set(["finalizers", "podCIDRs"]);
const DELETE_FROM = "$deleteFromPrimitiveList/";
const ORDER = "$setElementOrder/";

/** The patched document; the arguments are not changed. Throws ApiError 400 for a directive that makes no sense. */
export function applyStrategicMerge(document: JsonObject, patch: JsonObject): JsonObject {
  const directive = patch["$patch"];
  if (directive === "replace") {
    return withoutDirectives(patch);
  }
  if (directive === "delete") {
    return {};
  }
  if (directive !== undefined && directive !== "merge") {
    throw badRequest(`Unknown patch type found: ${String(directive)}`);
  }
  const result = retainKeys(document, patch);
  for (const [name, change] of Object.entries(patch)) {
    if (!name.startsWith("$") && change !== undefined) {
      mergeMember(result, name, change);
    }
  }
  applyListDirectives(result, patch);
  return result;
}

function mergeMember(result: JsonObject, name: string, change: JsonValue): void {
  if (change === null) {
    delete result[name];
    return;
  }
  const before = Object.hasOwn(result, name) ? result[name] : undefined;
  if (isObject(change)) {
    setValue(result, name, applyStrategicMerge(isObject(before) ? before : {}, change));
  } else if (Array.isArray(change)) {
    setValue(result, name, mergeLists(name, Array.isArray(before) ? before : [], change));
  } else {
    setValue(result, name, change);
  }
}

/** $retainKeys: members that are not listed go, so that a union can change its member. */
function retainKeys(document: JsonObject, patch: JsonObject): JsonObject {
  const keep = patch["$retainKeys"];
  const entries = Object.entries(document).filter(([name]) => !Array.isArray(keep) || keep.includes(name));
  const result: JsonObject = {};
  for (const [name, value] of entries) {
    if (value !== undefined) {
      setValue(result, name, value);
    }
  }
  return result;
}

function mergeLists(name: string, before: readonly JsonValue[], change: readonly JsonValue[]): JsonValue[] {
  if (SETS.has(name)) {
    return [...before, ...change.filter((item) => !before.some((old) => sameJson(old, item)))].map((item) =>
      cloneJson(item),
    );
  }
  const key = mergeKeyOf(name, [...change, ...before]);
  return key === undefined ? replaceList(change) : mergeByKey(before, change, key);
}

function replaceList(change: readonly JsonValue[]): JsonValue[] {
  return change
    .filter((item) => !(isObject(item) && item["$patch"] !== undefined))
    .map((item) => (isObject(item) ? withoutDirectives(item) : cloneJson(item)));
}

function mergeKeyOf(name: string, items: readonly JsonValue[]): string | undefined {
  return MERGE_KEYS[name]?.find((key) => items.some((item) => isObject(item) && Object.hasOwn(item, key)));
}

function mergeByKey(before: readonly JsonValue[], change: readonly JsonValue[], key: string): JsonValue[] {
  if (change.some((item) => isObject(item) && item["$patch"] === "replace")) {
    return replaceList(change);
  }
  const result = before.map((item) => cloneJson(item));
  for (const item of change) {
    if (!isObject(item) || item[key] === undefined) {
      throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`);
    }
    const at = result.findIndex((old) => isObject(old) && sameJson(old[key], item[key]));
    mergeItem(result, at, item);
  }
  return result;
}

function mergeItem(result: JsonValue[], at: number, item: JsonObject): void {
  const old = result[at];
  if (item["$patch"] === "delete") {
    if (at >= 0) {
      result.splice(at, 1);
    }
  } else if (isObject(old)) {
    result[at] = applyStrategicMerge(old, item);
  } else {
    result.push(applyStrategicMerge({}, item));
  }
}

function applyListDirectives(result: JsonObject, patch: JsonObject): void {
  for (const [name, items] of Object.entries(patch)) {
    if (!Array.isArray(items)) {
      continue;
    }
    if (name.startsWith(DELETE_FROM)) {
      deleteFrom(result, name.slice(DELETE_FROM.length), items);
    } else if (name.startsWith(ORDER)) {
      orderBy(result, name.slice(ORDER.length), items);
    }
  }
}

function deleteFrom(result: JsonObject, name: string, items: readonly JsonValue[]): void {
  const list = result[name];
  if (Array.isArray(list)) {
    result[name] = list.filter((item) => !items.some((gone) => sameJson(gone, item)));
  }
}

/** Listed items come in the given order; items that only the server knows keep their place relative to their neighbours. */
function orderBy(result: JsonObject, name: string, order: readonly JsonValue[]): void {
  const list = result[name];
  if (!Array.isArray(list)) {
    return;
  }
  const key = mergeKeyOf(name, order);
  const identity = (item: JsonValue) => JSON.stringify(key !== undefined && isObject(item) ? item[key] : item);
  const rank = new Map(order.map((item, i) => [identity(item), i]));
  const listed = list.filter((item) => rank.has(identity(item)));
  listed.sort((a, b) => (rank.get(identity(a)) ?? 0) - (rank.get(identity(b)) ?? 0));
  result[name] = list.map((item) => (rank.has(identity(item)) ? (listed.shift() ?? item) : item));
}

function withoutDirectives(object: JsonObject): JsonObject {
  const result: JsonObject = {};
  for (const [name, value] of Object.entries(object)) {
    if (!name.startsWith("$") && value !== undefined && value !== null) {
      setValue(result, name, isObject(value) ? withoutDirectives(value) : cloneJson(value));
    }
  }
  return result;
}
