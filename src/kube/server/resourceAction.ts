import type { ServedVersion, Verb } from "../registry/resource.ts";
import { pluralOf } from "../registry/resource.ts";
import {
  badRequest,
  forbidden,
  forbiddenPath,
  methodNotAllowed,
  notFound,
  resourceNotFound,
  verbNotSupported,
} from "../status.ts";
import type { Shape } from "./negotiation.ts";
import { truth } from "./options.ts";
import type { ResourceTarget } from "./requestTarget.ts";

/** What a request asks of a resource; "" for methods that nothing has. */
export type Action = Verb | "";

const SUBRESOURCE_VERBS: readonly Verb[] = ["get", "patch", "update"];

export function actionOf(method: string, target: ResourceTarget | undefined, query: URLSearchParams): Action {
  const isOne = target !== undefined && target.name !== "";
  switch (method) {
    case "GET":
    case "HEAD":
      if (target?.isWatchPath) return "watch";
      if (isOne) return "get";
      return truth(query, "watch") ? "watch" : "list";
    case "POST":
      return "create";
    case "PUT":
      return "update";
    case "PATCH":
      return "patch";
    case "DELETE":
      return isOne ? "delete" : "deletecollection";
    default:
      return "";
  }
}

/** Whether the path has a namespace exactly where the resource wants one; lists may span all namespaces. */
export function fitsScope({ resource }: ServedVersion, { namespace, name }: ResourceTarget, action: Action): boolean {
  if (!resource.namespaced) return namespace === "";
  return namespace !== "" || (name === "" && (action === "list" || action === "watch"));
}

/** 404, 405 or 400 for what the resource does not do. */
export function checkAction(version: ServedVersion, target: ResourceTarget, action: Action): void {
  const { resource } = version;
  const { name, subresource } = target;
  if (subresource !== "") {
    checkSubresource(version, target, action);
    return;
  }
  const isTyped = resource.definition === undefined;
  if (action === "" || !resource.verbs.includes(action)) throw refusedAction(version, action);
  if (name === "" && (action === "update" || action === "patch")) {
    throw isTyped ? methodNotAllowed() : badRequest("name must be provided");
  }
  if (name !== "" && action === "create" && isTyped) throw methodNotAllowed();
}

function checkSubresource(version: ServedVersion, { name, subresource }: ResourceTarget, action: Action): void {
  const { resource } = version;
  const verbs = verbsOf(version, subresource);
  if (!verbs) throw resource.definition === undefined ? resourceNotFound() : notFound(pluralOf(resource), name);
  if (action === "" || !verbs.includes(action)) throw refusedAction(version, action);
}

function verbsOf({ resource, hasStatus, scale }: ServedVersion, subresource: string): readonly Verb[] | undefined {
  if (subresource === "status" && hasStatus) return SUBRESOURCE_VERBS;
  if (subresource === "scale" && scale) return SUBRESOURCE_VERBS;
  return Object.hasOwn(resource.subresources, subresource) ? resource.subresources[subresource] : undefined;
}

function refusedAction({ resource }: ServedVersion, action: Action): Error {
  return resource.definition === undefined ? methodNotAllowed() : verbNotSupported(pluralOf(resource), action);
}

/** The shapes that answers to an action can have. */
export function shapesOf(action: Action): readonly Shape[] {
  return action === "list" || action === "deletecollection"
    ? ["Table", "PartialObjectMetadataList", "PartialObjectMetadata"]
    : ["Table", "PartialObjectMetadata", "PartialObjectMetadataList"];
}

/** What was asked by somebody who may not. */
export interface Refusal {
  readonly target: ResourceTarget | undefined;
  readonly action: Action;
  readonly method: string;
  readonly path: string;
}

/** Says in Kubernetes' words what a user may not do. */
export function forbiddenTo(user: string, { target, action, method, path }: Refusal): Error {
  const who = `User ${JSON.stringify(user)} cannot`;
  if (!target) return forbiddenPath(`${who} ${method.toLowerCase()} path ${JSON.stringify(path)}`);
  const { group, plural, subresource, namespace, name } = target;
  const resource = subresource === "" ? plural : `${plural}/${subresource}`;
  const where = namespace === "" ? "at the cluster scope" : `in the namespace ${JSON.stringify(namespace)}`;
  const text = `${who} ${action} resource ${JSON.stringify(resource)} in API group ${JSON.stringify(group)} ${where}`;
  return forbidden({ group, kind: plural }, name, text);
}
