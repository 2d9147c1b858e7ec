import type { JsonObject } from "../json.ts";
import { OPENAPI_V2 } from "../openapi/v2.ts";
import type { OpenApiDocuments } from "../registry/openApiDocuments.ts";
import type { Answer } from "./answer.ts";
import type { PlainRequest } from "./plainRequest.ts";

const ROOT = "/openapi/v3";

/** `/openapi/v3` and what it names, and `/openapi/v2` as far as kubectl needs it. */
export class OpenApiPaths {
  readonly #documents: OpenApiDocuments;

  constructor(documents: OpenApiDocuments) {
    this.#documents = documents;
  }

  /** True when the request was answered. */
  answer(request: PlainRequest, answer: Answer): boolean {
    const { pathname } = request.url;
    if (pathname === "/openapi/v2") return this.#version2(answer);
    if (pathname === ROOT || pathname === `${ROOT}/`) return this.#index(answer);
    if (!pathname.startsWith(`${ROOT}/`)) return false;
    return this.#document(pathname.slice(ROOT.length + 1), request, answer);
  }

  #version2(answer: Answer): boolean {
    // The media type that clients ask for has an "@", which Go's own parser refuses in an answer.
    const contentType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
    answer.sendRaw({ status: 200, contentType }, OPENAPI_V2);
    return true;
  }

  #index(answer: Answer): boolean {
    const paths: JsonObject = {};
    for (const path of this.#documents.paths()) {
      const hash = this.#documents.document(path)?.hash ?? "";
      paths[path] = { serverRelativeURL: `${ROOT}/${path}?hash=${hash}` };
    }
    // The real server names this type, too.
    answer.sendRaw({ status: 200, contentType: "text/plain; charset=utf-8" }, JSON.stringify({ paths }));
    return true;
  }

  #document(path: string, { url, ifNoneMatch }: PlainRequest, answer: Answer): boolean {
    const document = this.#documents.document(path);
    if (!document) {
      answer.sendRaw({ status: 404, contentType: "" }, "");
      return true;
    }
    const etag = `"${document.hash}"`;
    const asked = url.searchParams.get("hash");
    if (asked !== null && asked !== document.hash) {
      const location = `${ROOT}/${path}?hash=${document.hash}`;
      answer.sendRaw({ status: 301, contentType: "", headers: { location } }, "");
      return true;
    }
    if (ifNoneMatch?.includes(etag)) {
      answer.sendRaw({ status: 304, contentType: "", headers: { etag } }, "");
      return true;
    }
    answer.sendRaw({ status: 200, contentType: "application/json", headers: { etag } }, document.text);
    return true;
  }
}
