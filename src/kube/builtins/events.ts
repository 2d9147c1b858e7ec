import type { JsonObject, JsonValue } from "../json.ts";
import { isObject, objectAt, setValue, textAt } from "../json.ts";
import { invalidValue, required } from "../schema/causes.ts";
import { fieldText } from "../schema/compileSchema.ts";
import type { Cause } from "../status.ts";

/** Event of events.k8s.io/v1 and of the core group are one object with two faces; the core face is stored. */
const RENAMED: readonly (readonly [core: string, events: string])[] = [
  ["involvedObject", "regarding"],
  ["message", "note"],
  ["source", "deprecatedSource"],
  ["firstTimestamp", "deprecatedFirstTimestamp"],
  ["lastTimestamp", "deprecatedLastTimestamp"],
  ["count", "deprecatedCount"],
  ["reportingComponent", "reportingController"],
];

/** The core face of an event written through events.k8s.io/v1. */
export function toCoreEvent(event: JsonObject): JsonObject {
  return fillAfter(
    renamed(event, "v1", (from) => RENAMED.find(([, name]) => name === from)?.[0]),
    fillCoreEvent,
  );
}

/** The events.k8s.io/v1 face of a stored event. */
export function toEventsV1(event: JsonObject): JsonObject {
  const face = renamed(event, "events.k8s.io/v1", (from) => RENAMED.find(([name]) => name === from)?.[1]);
  for (const member of ["reportingController", "reportingInstance"]) {
    if (face[member] === "") {
      delete face[member];
    }
  }
  return fillAfter(face, fillEventsV1);
}

function renamed(event: JsonObject, apiVersion: string, nameOf: (member: string) => string | undefined): JsonObject {
  const face: JsonObject = {};
  for (const [member, value] of Object.entries(event)) {
    if (value !== undefined) {
      setValue(face, nameOf(member) ?? member, value);
    }
  }
  return { ...face, apiVersion };
}

function fillAfter(event: JsonObject, fill: (event: JsonObject) => void): JsonObject {
  fill(event);
  return event;
}

/** What Go's Event always writes: structs, times that are not set, and the reporter. */
export function fillCoreEvent(event: JsonObject): void {
  event["involvedObject"] ??= {};
  event["source"] ??= {};
  for (const member of ["firstTimestamp", "lastTimestamp", "eventTime"]) {
    event[member] ??= null;
  }
  event["reportingComponent"] ??= "";
  event["reportingInstance"] ??= "";
}

export function fillEventsV1(event: JsonObject): void {
  event["regarding"] ??= {};
  event["deprecatedSource"] ??= {};
  for (const member of ["eventTime", "deprecatedFirstTimestamp", "deprecatedLastTimestamp"]) {
    event[member] ??= null;
  }
}

/** An event lies in the namespace of what it is about; about cluster-scoped objects, in `default`. */
export function eventCauses(event: JsonObject): Cause[] {
  const namespace = textAt(objectAt(event, "metadata"), "namespace") ?? "";
  const involved = textAt(objectAt(event, "involvedObject"), "namespace") ?? "";
  const fits = involved === namespace || (involved === "" && (namespace === "default" || namespace === "kube-system"));
  return fits ? [] : [invalidValue("involvedObject.namespace", involved, "does not match event.namespace")];
}

/** Events of events.k8s.io/v1 must say when and who; old ones that are only updated need not. */
export function eventsV1Causes(event: JsonObject, old: JsonObject | undefined): Cause[] {
  if (old !== undefined) {
    return [];
  }
  if (typeof event["eventTime"] !== "string") {
    return [required("eventTime")];
  }
  const members = ["reportingController", "reportingInstance", "action", "reason"];
  return members.filter((member) => (textAt(event, member) ?? "") === "").map((member) => required(member));
}

const INVOLVED = ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"];

/** The fields that selectors of events may name. */
export const eventFields: ReadonlyMap<string, (event: JsonObject) => string> = new Map([
  ...INVOLVED.map((member) => [`involvedObject.${member}`, involvedText(member)] as const),
  ...["reason", "type"].map((member) => [member, (event: JsonObject) => fieldText(event, member)] as const),
  ["reportingComponent", (event: JsonObject) => textAt(event, "reportingComponent") ?? ""] as const,
  ["source", sourceText] as const,
]);

/** `involvedObject` of either face. */
function involvedText(member: string): (event: JsonObject) => string {
  return (event) => {
    const involved: JsonValue | undefined = event["involvedObject"] ?? event["regarding"];
    return isObject(involved) ? fieldText(involved, member) : "";
  };
}

function sourceText(event: JsonObject): string {
  const component = fieldText(event, "source.component");
  return component === "" ? (textAt(event, "reportingComponent") ?? "") : component;
}
