import type { JsonObject } from "../json.ts";

/** Query parameters that Kubernetes documents for each action, by name. */
const DESCRIPTIONS = {
  allowWatchBookmarks: ["boolean", 'Requests watch events of type "BOOKMARK" from time to time.'],
  continue: ["string", "The token of the last page of a list; the next page begins there."],
  dryRun: ["string", "All: process everything but store nothing."],
  fieldManager: ["string", "The name of who makes the change, in printable characters, at most 128."],
  fieldSelector: ["string", "Restricts the list to objects whose fields have these values."],
  fieldValidation: ["string", "What becomes of unknown or duplicate fields: Ignore, Warn or Strict."],
  force: ["boolean", "Take over fields that others manage; only for apply patches."],
  gracePeriodSeconds: ["integer", "Seconds before the object is deleted; zero deletes at once."],
  ignoreStoreReadErrorWithClusterBreakingPotential: [
    "boolean",
    "Delete an object that cannot be read from the store. Not done here: nothing is stored unreadable.",
  ],
  labelSelector: ["string", "Restricts the list to objects with these labels."],
  limit: ["integer", "The most objects that one page of a list has."],
  orphanDependents: ["boolean", "Deprecated: use propagationPolicy."],
  pretty: ["string", "If 'true', the output is indented for people."],
  propagationPolicy: ["string", "What becomes of dependents: Orphan, Background or Foreground."],
  resourceVersion: ["string", "The state that the answer must be at, or newer than, as resourceVersionMatch says."],
  resourceVersionMatch: ["string", "How resourceVersion is meant: NotOlderThan or Exact."],
  sendInitialEvents: ["boolean", "Begin a watch with the objects that exist, then a bookmark."],
  timeoutSeconds: ["integer", "Ends the list or watch after this time."],
  watch: ["boolean", "Watch for changes and answer them as a stream of events."],
} as const;

type ParameterName = keyof typeof DESCRIPTIONS;

export const LIST_PARAMETERS = [
  "allowWatchBookmarks",
  "continue",
  "fieldSelector",
  "labelSelector",
  "limit",
  "resourceVersion",
  "resourceVersionMatch",
  "sendInitialEvents",
  "timeoutSeconds",
  "watch",
] as const satisfies readonly ParameterName[];
export const WRITE_PARAMETERS = [
  "dryRun",
  "fieldManager",
  "fieldValidation",
] as const satisfies readonly ParameterName[];
export const PATCH_PARAMETERS = [...WRITE_PARAMETERS, "force"] as const;
export const DELETE_PARAMETERS = [
  "dryRun",
  "gracePeriodSeconds",
  "ignoreStoreReadErrorWithClusterBreakingPotential",
  "orphanDependents",
  "propagationPolicy",
] as const satisfies readonly ParameterName[];

export function queryParameter(name: ParameterName): JsonObject {
  const [type, description] = DESCRIPTIONS[name];
  return { name, in: "query", description, schema: { type, uniqueItems: true } };
}

/** A part of the path: the name of the object or of its namespace. */
export function pathParameter(name: "name" | "namespace", kind: string): JsonObject {
  const description =
    name === "name" ? `name of the ${kind}` : "object name and auth scope, such as for teams and projects";
  return { name, in: "path", description, required: true, schema: { type: "string", uniqueItems: true } };
}
