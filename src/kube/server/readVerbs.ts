import { pluralOf } from "../registry/resource.ts";
import { notFound } from "../status.ts";
import type { ObjectStore } from "../store/objectStore.ts";
import type { Answer } from "./answer.ts";
import { answerList } from "./listVerb.ts";
import { listOptionsOf, versionOf } from "./options.ts";
import { includeOf, shapeOne } from "./render.ts";
import { scaleOf } from "./scale.ts";
import { selectionOf } from "./selection.ts";
import type { WatchHub } from "./watchHub.ts";
import type { ResourceRequest } from "./writeVerbs.ts";

interface ReadParts {
  readonly store: ObjectStore;
  readonly watches: WatchHub;
  readonly now: () => number;
}

/** GET on one object, on a collection, and watches. Nothing is shown before it is on disk. */
export class ReadVerbs {
  readonly #parts: ReadParts;

  constructor(parts: ReadParts) {
    this.#parts = parts;
  }

  async get(request: ResourceRequest, answer: Answer): Promise<void> {
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

  async collection(
    request: ResourceRequest,
    { isWatch }: { readonly isWatch: boolean },
    answer: Answer,
  ): Promise<void> {
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
