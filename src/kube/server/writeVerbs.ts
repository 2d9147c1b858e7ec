import type { JsonObject } from "../json.ts";
import type { ObjectRemover, Removed } from "../registry/objectRemover.ts";
import type { ObjectWriter, Written } from "../registry/objectWriter.ts";
import { pluralOf, type ServedVersion, type View } from "../registry/resource.ts";
import { deleted } from "../status.ts";
import type { ObjectStore } from "../store/objectStore.ts";
import type { Answer } from "./answer.ts";
import { decodeObject, parseBody } from "./decodeObject.ts";
import { listObject } from "./listVerb.ts";
import type { Wanted } from "./negotiation.ts";
import { deleteOptionsOf, listOptionsOf, writeOptionsOf } from "./options.ts";
import { changeOf } from "./patches.ts";
import { includeOf, shapeOne } from "./render.ts";
import { scaleChange, scaleOf } from "./scale.ts";
import { selectionOf } from "./selection.ts";

/** One resource request, resolved: where it goes and what it carries. */
export interface ResourceRequest {
  readonly version: ServedVersion;
  readonly namespace: string;
  readonly name: string;
  /** "" for the object itself, else "status", "scale" or one of the resource's own. */
  readonly subresource: string;
  readonly query: URLSearchParams;
  readonly wanted: Wanted;
  readonly contentType: string;
  readonly body: string;
}

export interface WriteParts {
  readonly store: ObjectStore;
  readonly writer: ObjectWriter;
  readonly remover: ObjectRemover;
  readonly now: () => number;
}

/** POST, PUT, PATCH and DELETE. Every answer waits until what it reports is on disk. */
export class WriteVerbs {
  readonly #parts: WriteParts;

  constructor(parts: WriteParts) {
    this.#parts = parts;
  }

  async create(request: ResourceRequest, answer: Answer): Promise<void> {
    const { version, namespace, query, contentType, body } = request;
    const { dryRun, fieldValidation } = writeOptionsOf(query, "CreateOptions");
    const { warn } = answer;
    const object = decodeObject({ text: body, contentType, version, fieldValidation, warn });
    await this.#answer(this.#parts.writer.create({ version, namespace, object, dryRun, warn }), request, answer);
  }

  async replace(request: ResourceRequest, answer: Answer): Promise<void> {
    const { version, query, contentType, body } = request;
    const { dryRun, fieldValidation } = writeOptionsOf(query, "UpdateOptions");
    const { warn } = answer;
    if (request.subresource === "scale") {
      const { value } = parseBody(body, contentType, "Scale");
      return this.#update(request, answer, { dryRun, isPatch: false, change: scaleChange(version, () => value) });
    }
    const object = decodeObject({ text: body, contentType, version, fieldValidation, warn });
    return this.#update(request, answer, { dryRun, isPatch: false, change: () => object });
  }

  async patch(request: ResourceRequest, answer: Answer): Promise<void> {
    const { version, query } = request;
    const { dryRun, fieldValidation } = writeOptionsOf(query, "PatchOptions");
    const change = changeOf(request, { fieldValidation, warn: answer.warn });
    const isScale = request.subresource === "scale";
    await this.#update(request, answer, {
      dryRun,
      isPatch: true,
      change: isScale ? scaleChange(version, change) : change,
    });
  }

  async delete(request: ResourceRequest, answer: Answer): Promise<void> {
    const { version, namespace, name } = request;
    const options = deleteOptionsOf(request.query, deleteBody(request));
    const removed = this.#parts.remover.remove({ version, namespace, name, ...options });
    await this.#parts.store.settled();
    this.#answerRemoved(removed, request, answer);
  }

  async deleteCollection(request: ResourceRequest, answer: Answer): Promise<void> {
    const { store, remover } = this.#parts;
    const { version, namespace, query } = request;
    const options = deleteOptionsOf(query, deleteBody(request));
    const selection = selectionOf({ version, options: listOptionsOf(query, { isWatch: false }) });
    const { resource } = version;
    const revision = store.revision;
    const range = resource.namespaced ? { namespace } : {};
    const entries = [...store.entries(resource.collection, range)];
    const chosen = entries.filter((entry) => !selection || selection(version.show(entry).object));
    const views: View[] = chosen.map((entry) => version.show(entry));
    for (const entry of chosen) remover.remove({ version, namespace: entry.namespace, name: entry.name, ...options });
    await store.settled();
    answer.send(200, listObject(version, { views, revision }));
  }

  async #update(
    request: ResourceRequest,
    answer: Answer,
    wish: { dryRun: boolean; isPatch: boolean; change: (current: JsonObject) => JsonObject },
  ): Promise<void> {
    const { version, namespace, name, subresource } = request;
    const isScale = subresource === "scale";
    const written = this.#parts.writer.update({
      version,
      namespace,
      name,
      subresource: isScale ? "" : subresource,
      warn: answer.warn,
      ...wish,
    });
    if (!isScale) return this.#answer(written, request, answer);
    await this.#parts.store.settled();
    answer.send(200, scaleOf(version, written.view.object));
  }

  async #answer({ view, created }: Written, request: ResourceRequest, answer: Answer): Promise<void> {
    await this.#parts.store.settled();
    const { text, object } = this.#shaped(view, request);
    answer.sendText(created ? 201 : 200, text, object);
  }

  #answerRemoved(removed: Removed, request: ResourceRequest, answer: Answer): void {
    switch (removed.kind) {
      case "gone":
        answer.sendStatus(deleted(pluralOf(request.version.resource), request.name, removed.uid));
        return;
      case "held": {
        const { text, object } = this.#shaped(removed.view, request);
        answer.sendText(200, text, object);
      }
    }
  }

  #shaped(view: View, { version, wanted, query }: ResourceRequest): View {
    return shapeOne(view, { version, wanted, include: includeOf(query), now: this.#parts.now() });
  }
}

/** DeleteOptions, which may be left out. */
function deleteBody({ body, contentType }: ResourceRequest): JsonObject | undefined {
  if (body === "") return undefined;
  const { value } = parseBody(body, contentType, "DeleteOptions");
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
}
