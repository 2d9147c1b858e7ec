import type { IncomingMessage } from "node:http";
import type { Registry } from "../registry/registry.ts";
import { methodNotAllowed, resourceNotFound } from "../status.ts";
import type { Answer } from "./answer.ts";
import type { Authenticator } from "./authentication.ts";
import { negotiate } from "./negotiation.ts";
import type { PlainPaths } from "./plainPaths.ts";
import type { ReadVerbs } from "./readVerbs.ts";
import { bodyOf } from "./requestBody.ts";
import { parseTarget } from "./requestTarget.ts";
import {
  type Action,
  actionOf,
  checkAction,
  fitsScope,
  forbiddenTo,
  type Refusal,
  shapesOf,
} from "./resourceAction.ts";
import type { ResourceRequest, WriteVerbs } from "./writeVerbs.ts";

export interface RouterParts {
  readonly registry: Registry;
  readonly authenticator: Authenticator;
  readonly plainPaths: PlainPaths;
  readonly reads: ReadVerbs;
  readonly writes: WriteVerbs;
}

const OPEN_PATHS = /^\/(?:version|healthz|livez|readyz)(?:\/|$)/;

/** Sends each request to the code that answers it. Throws ApiError for what is refused. */
export class Router {
  readonly #parts: RouterParts;

  constructor(parts: RouterParts) {
    this.#parts = parts;
  }

  async route(request: IncomingMessage, answer: Answer): Promise<void> {
    const { plainPaths, registry } = this.#parts;
    const { method = "GET", headers } = request;
    const url = new URL(request.url ?? "/", "https://localhost");
    const target = parseTarget(url.pathname);
    const action = actionOf(method, target, url.searchParams);
    this.#authorize(headers.authorization, { target, action, method, path: url.pathname });
    const { text: body, contentType } = await bodyOf(request);
    const { accept, "if-none-match": ifNoneMatch } = headers;
    if (await plainPaths.answer({ method, url, accept, ifNoneMatch, body, contentType }, answer)) return;
    const version = target && registry.find(target.group, target.version, target.plural);
    if (!target || !version || !fitsScope(version, target, action)) {
      // Groups that are built in answer what they do not have with a Status, all others in plain text.
      if (target ? registry.isBuiltIn(target.group) : url.pathname.startsWith("/api/")) throw resourceNotFound();
      answer.sendPageNotFound();
      return;
    }
    checkAction(version, target, action);
    if (version.deprecation !== undefined) answer.warn(version.deprecation);
    const wanted = negotiate(accept, shapesOf(action));
    const { namespace, name, subresource } = target;
    const query = url.searchParams;
    await this.#act(action, { version, namespace, name, subresource, query, wanted, contentType, body }, answer);
  }

  #authorize(authorization: string | undefined, refusal: Refusal): void {
    const caller = this.#parts.authenticator.callerOf(authorization);
    if (caller.kind === "anonymous" && !OPEN_PATHS.test(refusal.path)) throw forbiddenTo("system:anonymous", refusal);
  }

  #act(action: Action, request: ResourceRequest, answer: Answer): Promise<void> {
    const { reads, writes } = this.#parts;
    switch (action) {
      case "get":
        return reads.get(request, answer);
      case "list":
      case "watch":
        return reads.collection(request, { isWatch: action === "watch" }, answer);
      case "create":
        return writes.create(request, answer);
      case "update":
        return writes.replace(request, answer);
      case "patch":
        return writes.patch(request, answer);
      case "delete":
        return writes.delete(request, answer);
      case "deletecollection":
        return writes.deleteCollection(request, answer);
      case "":
        throw methodNotAllowed();
    }
  }
}
