import type { IncomingMessage } from "node:http";
import type { Registry } from "../registry/registry.ts";
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
import type { ObjectStore } from "../store/objectStore.ts";
import type { Answer } from "./answer.ts";
import type { Authenticator } from "./authentication.ts";
import { answerList } from "./listVerb.ts";
import { negotiate } from "./negotiation.ts";
import { listOptionsOf, truth, versionOf } from "./options.ts";
import type { PlainPaths } from "./plainPaths.ts";
import { includeOf, shapeOne } from "./render.ts";
import { contentTypeOf, readBody } from "./requestBody.ts";
import { parseTarget, type ResourceTarget } from "./requestTarget.ts";
import { scaleOf } from "./scale.ts";
import { selectionOf } from "./selection.ts";
import type { WatchHub } from "./watchHub.ts";
import type { ResourceRequest, WriteVerbs } from "./writeVerbs.ts";

export interface RouterParts {
  readonly registry: Registry;
  readonly store: ObjectStore;
  readonly authenticator: Authenticator;
  readonly plainPaths: PlainPaths;
  readonly writes: WriteVerbs;
  readonly watches: WatchHub;
  readonly now: () => number;
}

/** What a method asks of a resource. */
type Action = Verb | "";

const OPEN_PATHS = /^\/(?:version|healthz|livez|readyz)(?:\/|$)/;
const SUBRESOURCE_VERBS: readonly Verb[] = ["get", "patch", "update"];

/** Sends each request to the code that answers it. Throws ApiError for what is refused. */
export class Router {
  readonly #parts: RouterParts;

  constructor(parts: RouterParts) {
    this.#parts = parts;
  }

  async route(request: IncomingMessage, answer: Answer): Promise<void> {
    const url = new URL(request.url ?? "/", "https://localhost");
    const target = parseTarget(url.pathname);
    const action = actionOf(request.method ?? "GET", target, url.searchParams);
    const caller = this.#parts.authenticator.callerOf(request.headers.authorization);
    if (caller.kind === "anonymous" && !OPEN_PATHS.test(url.pathname)) {
      throw forbiddenTo("system:anonymous", { target, action, method: request.method ?? "", path: url.pathname });
    }
    const { accept } = request.headers;
    const body = await readBody(request);
    const ifNoneMatch = request.headers["if-none-match"];
    const handled = await this.#parts.plainPaths.answer(
      { method: request.method ?? "GET", url, accept, ifNoneMatch, body, contentType: contentTypeOf(request) },
      answer,
    );
    if (handled) return;
    const version = target && this.#parts.registry.find(target.group, target.version, target.plural);
    if (!target || !version || !fitsScope(version, target, action)) {
      // Groups that are built in answer what they do not have with a Status, all others in plain text.
      if (target ? this.#parts.registry.isBuiltIn(target.group) : url.pathname.startsWith("/api/")) {
        throw resourceNotFound();
      }
      answer.sendPageNotFound();
      return;
    }
    if (version.deprecation !== undefined) answer.warn(version.deprecation);
    await this.#resource(version, { target, action, body, request, query: url.searchParams }, answer);
  }

  async #resource(version: ServedVersion, context: Context, answer: Answer): Promise<void> {
    const { target, action, request, query, body } = context;
    checkAction(version, target, action);
    const wanted = negotiate(request.headers.accept, shapesOf(action));
    const resolved: ResourceRequest = {
      version,
      namespace: target.namespace,
      name: target.name,
      subresource: target.subresource,
      query,
      wanted,
      contentType: contentTypeOf(request),
      body,
    };
    const { writes } = this.#parts;
    switch (action) {
      case "get":
        return this.#get(resolved, answer);
      case "list":
      case "watch":
        return this.#collection(resolved, action === "watch", answer);
      case "create":
        return writes.create(resolved, answer);
      case "update":
        return writes.replace(resolved, answer);
      case "patch":
        return writes.patch(resolved, answer);
      case "delete":
        return writes.delete(resolved, answer);
      case "deletecollection":
        return writes.deleteCollection(resolved, answer);
      case "":
        throw methodNotAllowed();
    }
  }

  async #get(request: ResourceRequest, answer: Answer): Promise<void> {
    const { version, name, subresource, query, wanted } = request;
    const { store, now } = this.#parts;
    versionOf(query.get("resourceVersion"));
    const { collection, namespaced } = version.resource;
    const entry = store.get({ collection, namespace: namespaced ? request.namespace : "", name });
    if (!entry) throw notFound(pluralOf(version.resource), name);
    if (store.isPending(entry.revision)) await store.settled();
    const view = version.show(entry);
    if (subresource === "scale") return answer.send(200, scaleOf(version, view.object));
    const { text, object } = shapeOne(view, { version, wanted, include: includeOf(query), now: now() });
    answer.sendText(200, text, object);
  }

  async #collection(request: ResourceRequest, isWatch: boolean, answer: Answer): Promise<void> {
    const { version, query, wanted, name } = request;
    const { store, watches, now } = this.#parts;
    const options = listOptionsOf(query, { isWatch });
    const selection = selectionOf({ version, options, name });
    const namespace = version.resource.namespaced && request.namespace !== "" ? request.namespace : undefined;
    const include = includeOf(query);
    if (!isWatch) {
      return answerList(store, { version, namespace, options, selection, wanted, include, now: now() }, answer);
    }
    const { bookmarks } = options;
    await watches.open({ version, namespace, selection, wanted, include, bookmarks }, options, answer);
  }
}

interface Context {
  readonly target: ResourceTarget;
  readonly action: Action;
  readonly request: IncomingMessage;
  readonly query: URLSearchParams;
  readonly body: string;
}

function actionOf(method: string, target: ResourceTarget | undefined, query: URLSearchParams): Action {
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
function fitsScope({ resource }: ServedVersion, { namespace, name }: ResourceTarget, action: Action): boolean {
  if (!resource.namespaced) return namespace === "";
  return namespace !== "" || (name === "" && (action === "list" || action === "watch"));
}

/** 404, 405 or 400 for what the resource does not do. */
function checkAction(version: ServedVersion, target: ResourceTarget, action: Action): void {
  const { resource } = version;
  const { name, subresource } = target;
  const isTyped = resource.definition === undefined;
  if (subresource !== "") {
    const verbs = verbsOf(version, subresource);
    if (!verbs) throw isTyped ? resourceNotFound() : notFound(pluralOf(resource), name);
    if (action === "" || !verbs.includes(action)) throw refusedAction(version, action);
    return;
  }
  if (action === "" || !resource.verbs.includes(action)) throw refusedAction(version, action);
  if (name === "" && (action === "update" || action === "patch")) {
    throw isTyped ? methodNotAllowed() : badRequest("name must be provided");
  }
  if (name !== "" && action === "create" && isTyped) throw methodNotAllowed();
}

function verbsOf({ resource, hasStatus, scale }: ServedVersion, subresource: string): readonly Verb[] | undefined {
  if (subresource === "status" && hasStatus) return SUBRESOURCE_VERBS;
  if (subresource === "scale" && scale) return SUBRESOURCE_VERBS;
  return Object.hasOwn(resource.subresources, subresource) ? resource.subresources[subresource] : undefined;
}

function refusedAction({ resource }: ServedVersion, action: Action): Error {
  return resource.definition === undefined ? methodNotAllowed() : verbNotSupported(pluralOf(resource), action);
}

function shapesOf(action: Action) {
  return action === "list" || action === "deletecollection"
    ? (["Table", "PartialObjectMetadataList", "PartialObjectMetadata"] as const)
    : (["Table", "PartialObjectMetadata", "PartialObjectMetadataList"] as const);
}

interface Refusal {
  readonly target: ResourceTarget | undefined;
  readonly action: Action;
  readonly method: string;
  readonly path: string;
}

function forbiddenTo(user: string, { target, action, method, path }: Refusal): Error {
  const who = `User ${JSON.stringify(user)} cannot`;
  if (!target) return forbiddenPath(`${who} ${method.toLowerCase()} path ${JSON.stringify(path)}`);
  const { group, plural, subresource, namespace, name } = target;
  const resource = subresource === "" ? plural : `${plural}/${subresource}`;
  const where = namespace === "" ? "at the cluster scope" : `in the namespace ${JSON.stringify(namespace)}`;
  const text = `${who} ${action} resource ${JSON.stringify(resource)} in API group ${JSON.stringify(group)} ${where}`;
  return forbidden({ group, kind: plural }, name, text);
}
