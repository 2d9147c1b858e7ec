import { setImmediate as nextTurn } from "node:timers/promises";
import type { JsonObject } from "../json.ts";
import { stringifyJson } from "../json.ts";
import type { ServedVersion, View } from "../registry/resource.ts";
import { badRequest, expired, tooLargeResourceVersion } from "../status.ts";
import { type Entry, keyOf } from "../store/entry.ts";
import type { ObjectStore } from "../store/objectStore.ts";
import { partialMetadata } from "../table/table.ts";
import { type Answer, writeHead } from "./answer.ts";
import { decodeContinue, encodeContinue, type PagePosition } from "./continueToken.ts";
import type { ListOptions } from "./options.ts";
import { type Look, tableFor } from "./render.ts";
import type { Selection } from "./selection.ts";

export interface ListRequest extends Look {
  readonly namespace: string | undefined;
  readonly options: ListOptions;
  readonly selection: Selection;
}

interface Listed {
  readonly views: readonly View[];
  readonly revision: number;
  readonly continueToken: string;
  readonly remaining: number | undefined;
}

/** Objects that are looked at or written before others get a turn. */
const BATCH = 500;

/** GET on a collection. Long lists are written in pieces, so that nobody waits for them. */
export async function answerList(store: ObjectStore, request: ListRequest, answer: Answer): Promise<void> {
  if (store.isPending()) await store.settled();
  const listed = await collect(store, request);
  const { version, wanted } = request;
  const objects = () => listed.views.map(({ object }) => object);
  switch (wanted.shape) {
    case "Table":
      answer.send(200, tableFor(objects(), request, { metadata: metaOf(listed), withColumns: true }));
      return;
    case "PartialObjectMetadata":
    case "PartialObjectMetadataList":
      answer.send(200, {
        kind: "PartialObjectMetadataList",
        apiVersion: `meta.k8s.io/${wanted.metaVersion}`,
        metadata: metaOf(listed),
        items: objects().map((object) => partialMetadata(object, wanted.metaVersion)),
      });
      return;
    case "object":
      if (wanted.format === "yaml") answer.send(200, listObject(version, listed));
      else await writeJsonList(version, listed, answer);
  }
}

/** A list as one object, as deletecollection answers it. */
export function listObject(
  version: ServedVersion,
  listed: Pick<Listed, "views" | "revision"> & Partial<Listed>,
): JsonObject {
  const { resource, apiVersion } = version;
  const full: Listed = { continueToken: "", remaining: undefined, ...listed };
  if (resource.definition === undefined) {
    const items = listed.views.map(({ object: { kind: _kind, apiVersion: _version, ...item } }) => item);
    return { kind: resource.listKind, apiVersion, metadata: metaOf(full), items };
  }
  const items = listed.views.map(({ object }) => object);
  return { apiVersion, items, kind: resource.listKind, metadata: { continue: "", ...metaOf(full) } };
}

function metaOf({ revision, continueToken, remaining }: Listed): JsonObject {
  return {
    resourceVersion: String(revision),
    ...(continueToken === "" ? {} : { continue: continueToken }),
    ...(remaining === undefined ? {} : { remainingItemCount: remaining }),
  };
}

async function writeJsonList(version: ServedVersion, listed: Listed, answer: Answer): Promise<void> {
  const { head, tail } = framesOf(version, listed);
  const texts = listed.views.map((view) => itemText(version, view));
  if (texts.length <= BATCH) {
    answer.sendText(200, `${head}${texts.join(",")}${tail}`, {});
    return;
  }
  const { response } = answer;
  writeHead(response, { status: 200, contentType: "application/json" }, answer.warnings);
  response.write(head);
  for (let start = 0; start < texts.length && !response.destroyed; start += BATCH) {
    const piece = texts.slice(start, start + BATCH).join(",");
    const drained = response.write(start === 0 ? piece : `,${piece}`);
    if (drained) await nextTurn();
    else await drainOf(answer);
  }
  response.end(`${tail}\n`);
}

function drainOf({ response }: Answer): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.on("drain", done);
    response.on("close", done);
  });
}

function framesOf(version: ServedVersion, listed: Listed): { readonly head: string; readonly tail: string } {
  const empty = stringifyJson(listObject(version, { ...listed, views: [] }));
  const cut = empty.indexOf('"items":[') + '"items":['.length;
  return { head: empty.slice(0, cut), tail: empty.slice(cut) };
}

/** Items of typed lists do not repeat kind and apiVersion, which our stored text begins with. */
function itemText({ resource, apiVersion }: ServedVersion, { object, text }: View): string {
  if (resource.definition !== undefined) return text;
  const start = `{"kind":${JSON.stringify(resource.kind)},"apiVersion":${JSON.stringify(apiVersion)},`;
  if (text.startsWith(start)) return `{${text.slice(start.length)}`;
  const { kind: _kind, apiVersion: _version, ...item } = object;
  return stringifyJson(item);
}

async function collect(store: ObjectStore, request: ListRequest): Promise<Listed> {
  const { options, version, selection } = request;
  const { revision, after: start } = positionOf(store, options);
  const limit = options.limit === 0 ? Number.POSITIVE_INFINITY : options.limit;
  const views: View[] = [];
  let after = start;
  for (;;) {
    // Every batch is read at the same revision, so the list is exact although others write between batches.
    if (revision < store.oldestRevision && revision !== store.revision) throw tooOld();
    const room = limit - views.length;
    const size = selection ? BATCH : Math.min(BATCH, room);
    const page = store.pageAt(version.resource.collection, revision, {
      namespace: request.namespace,
      after,
      limit: size,
    });
    const taken = take(page.entries, { version, selection, room });
    views.push(...taken.views);
    after = taken.last ?? after;
    const more = page.more || taken.left;
    if (!more || after === undefined) return { views, revision, continueToken: "", remaining: undefined };
    if (views.length >= limit) return pageEnd(store, request, views, { revision, after });
    await nextTurn();
  }
}

function pageEnd(store: ObjectStore, request: ListRequest, views: readonly View[], end: PagePosition): Listed {
  const remaining = request.selection ? undefined : remainingAfter(store, request, end);
  return { views, revision: end.revision, continueToken: encodeContinue(end), remaining };
}

interface Taken {
  readonly views: readonly View[];
  /** Key of the last entry that was looked at. */
  readonly last: string | undefined;
  /** True when there was no room for the rest. */
  readonly left: boolean;
}

function take(
  entries: readonly Entry[],
  { version, selection, room }: Pick<ListRequest, "version" | "selection"> & { readonly room: number },
): Taken {
  const views: View[] = [];
  let last: string | undefined;
  for (const entry of entries) {
    if (views.length === room) return { views, last, left: true };
    last = keyOf(entry.namespace, entry.name);
    const view = version.show(entry);
    if (!selection || selection(view.object)) views.push(view);
  }
  return { views, last, left: false };
}

function positionOf(
  store: ObjectStore,
  options: ListOptions,
): { readonly revision: number; readonly after: string | undefined } {
  const { continueToken, resourceVersion, match } = options;
  if (continueToken !== "") {
    const position = decodeContinue(continueToken);
    if (resourceVersion !== undefined && resourceVersion !== 0) {
      throw badRequest("specifying resource version is not allowed when using continue");
    }
    if (position.revision < store.oldestRevision) throw tooOld();
    return position;
  }
  if (resourceVersion !== undefined && resourceVersion > store.revision) {
    throw tooLargeResourceVersion(resourceVersion, store.revision);
  }
  if (match !== "Exact" || resourceVersion === undefined) return { revision: store.revision, after: undefined };
  if (resourceVersion < store.oldestRevision) throw expired("The resourceVersion for the provided list is too old.");
  return { revision: resourceVersion, after: undefined };
}

function tooOld(): Error {
  return expired(
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.",
  );
}

function remainingAfter(
  store: ObjectStore,
  { version, namespace }: ListRequest,
  { revision, after }: PagePosition,
): number {
  const { collection } = version.resource;
  return store.pageAt(collection, revision, { namespace, after, limit: Number.MAX_SAFE_INTEGER }).entries.length;
}
