import { cloneJson, isObject, type JsonObject, type JsonValue, objectAt, setValue, textAt } from "../json.ts";
import type { ServedVersion } from "../registry/resource.ts";
import { badRequest } from "../status.ts";

/** The autoscaling/v1 Scale that an object's scale paths describe. */
export function scaleOf({ scale }: ServedVersion, object: JsonObject): JsonObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = objectAt(object, "metadata") ?? {};
  const selector = scale?.labelSelector === undefined ? undefined : valueAt(object, scale.labelSelector);
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: replicas(valueAt(object, scale?.specReplicas ?? "")),
    status: {
      replicas: valueAt(object, scale?.statusReplicas ?? "") ?? 0,
      ...(typeof selector === "string" && selector !== "" ? { selector } : {}),
    },
  };
}

/** Zero is left out, as Go's omitempty does. */
function replicas(value: JsonValue | undefined): JsonObject {
  return value === undefined || value === 0 ? {} : { replicas: value };
}

/** Turns a change of the Scale into the change of the object behind it. */
export function scaleChange(
  version: ServedVersion,
  change: (scale: JsonObject) => JsonValue,
): (current: JsonObject) => JsonObject {
  return (current) => {
    const scale = change(scaleOf(version, current));
    if (!isObject(scale)) throw badRequest("the object provided is unrecognized (must be of type Scale)");
    const object = cloneJson(current);
    const metadata = objectAt(object, "metadata") ?? {};
    const sent = textAt(scale["metadata"], "resourceVersion") ?? "";
    // Without a resourceVersion a Scale overwrites, also where the object behind it would not let itself be.
    if (sent !== "") metadata["resourceVersion"] = sent;
    const wish = objectAt(scale, "spec")?.["replicas"] ?? 0;
    setAt(object, version.scale?.specReplicas ?? "", wish);
    return object;
  };
}

function namesOf(path: string): string[] {
  return path.split(".").filter((name) => name !== "");
}

function valueAt(object: JsonObject, path: string): JsonValue | undefined {
  let value: JsonValue | undefined = object;
  for (const name of namesOf(path)) value = isObject(value) ? value[name] : undefined;
  return value;
}

function setAt(object: JsonObject, path: string, value: JsonValue): void {
  const names = namesOf(path);
  const last = names.pop();
  if (last === undefined) return;
  let parent = object;
  for (const name of names) {
    const below = objectAt(parent, name) ?? {};
    setValue(parent, name, below);
    parent = below;
  }
  setValue(parent, last, value);
}
