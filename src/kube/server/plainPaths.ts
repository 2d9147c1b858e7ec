import type { JsonObject } from "../json.ts";
import { aggregatedDiscovery, coreVersions, groupDocument, groupList, resourceList } from "../registry/discovery.ts";
import type { Registry } from "../registry/registry.ts";
import { methodNotAllowed } from "../status.ts";
import type { Answer } from "./answer.ts";
import { parseAccept } from "./negotiation.ts";
import type { OpenApiPaths } from "./openApiPaths.ts";
import type { PlainRequest } from "./plainRequest.ts";
import { answerReview } from "./reviews.ts";

interface PlainPathsParts {
  readonly registry: Registry;
  readonly openApi: OpenApiPaths;
  readonly version: JsonObject;
}

const HEALTH = /^\/(?:healthz|livez|readyz)(?:\/(?:ping|log|etcd))?$/;
const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/** What is not a stored resource: version, health, discovery, OpenAPI, questions about oneself. */
export class PlainPaths {
  readonly #parts: PlainPathsParts;

  constructor(parts: PlainPathsParts) {
    this.#parts = parts;
  }

  /** True when the request was answered. */
  async answer(request: PlainRequest, answer: Answer): Promise<boolean> {
    const { pathname } = request.url;
    if (answerReview(request, answer)) return true;
    const isRead = request.method === "GET" || request.method === "HEAD";
    if (HEALTH.test(pathname)) {
      answer.sendRaw({ status: 200, contentType: "text/plain; charset=utf-8" }, "ok");
      return true;
    }
    if (pathname === "/version") {
      if (!isRead) throw methodNotAllowed();
      answer.send(200, this.#parts.version);
      return true;
    }
    if (!isRead) return false;
    return this.#parts.openApi.answer(request, answer) || this.#discovery(request, answer);
  }

  #discovery({ url, accept }: PlainRequest, answer: Answer): boolean {
    const { registry } = this.#parts;
    const [root, group = "", version = "", ...rest] = url.pathname.split("/").filter((part) => part !== "");
    if (rest.length > 0 || (root !== "api" && root !== "apis")) return false;
    if (group === "" && wantsAggregated(accept)) {
      const document = aggregatedDiscovery(registry, { isCore: root === "api" });
      const head = { status: 200, contentType: AGGREGATED, headers: { vary: "Accept" } };
      answer.sendRaw(head, JSON.stringify(document));
      return true;
    }
    const document = root === "api" ? coreDocument(registry, group, version) : namedDocument(registry, group, version);
    if (!document) return false;
    answer.send(200, document);
    return true;
  }
}

function coreDocument(registry: Registry, version: string, more: string): JsonObject | undefined {
  if (more !== "") return undefined;
  return version === "" ? coreVersions() : resourceList(registry, "", version);
}

function namedDocument(registry: Registry, group: string, version: string): JsonObject | undefined {
  if (group === "") return groupList(registry);
  return version === "" ? groupDocument(registry, group) : resourceList(registry, group, version);
}

function wantsAggregated(accept: string | undefined): boolean {
  const [first] = parseAccept(accept);
  return first?.params["as"] === "APIGroupDiscoveryList" && first.params["v"] === "v2";
}
