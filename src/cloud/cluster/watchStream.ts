import type { IncomingMessage } from "node:http";
import { Fault, textOf } from "../../shared/kit/fault.ts";
import type { ObjectMeta } from "../../shared/model/resources/metadata.ts";
import { faultOfStatus } from "./kubeFault.ts";

interface Watched {
  readonly metadata: ObjectMeta;
}

/** What a watch says (Kubernetes API concepts, "Efficient detection of changes"). */
export type WatchEvent<T> =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: T }
  | { readonly type: "BOOKMARK"; readonly object: { readonly metadata: { readonly resourceVersion: string } } };

/** No object of the API is nearly as large (etcd's limit is 1.5 MiB); what is, is no watch. */
const MAX_LINE = 16 * 1024 * 1024;

/**
 * The events of a watch's body, until the server ends it. An ERROR event, a line that is not JSON and a body that
 * breaks off are Faults; 410 Gone is `state.stale`.
 */
export async function* watchEvents<T extends Watched>(
  body: IncomingMessage,
  what: string,
): AsyncGenerator<WatchEvent<T>, void> {
  for await (const line of linesOf(body, what)) yield parseEvent<T>(line, what);
}

function parseEvent<T extends Watched>(line: string, what: string): WatchEvent<T> {
  let event: WatchEvent<T> | { readonly type: "ERROR"; readonly object: unknown };
  try {
    event = JSON.parse(line) as typeof event; // library border: the API server's own schema vouches for T
  } catch (cause) {
    throw new Fault("link.confused", `${what}: a line of the watch is not JSON`, { cause });
  }
  if (event.type === "ERROR") throw faultOfStatus(what, event.object);
  if (typeof event.object?.metadata !== "object") throw new Fault("link.confused", `${what}: an event without object`);
  return event;
}

async function* linesOf(body: IncomingMessage, what: string): AsyncGenerator<string, void> {
  body.setEncoding("utf8");
  let rest = "";
  try {
    for await (const chunk of body) {
      const lines = (rest + String(chunk)).split("\n");
      rest = lines.pop() ?? "";
      if (rest.length > MAX_LINE)
        throw new Fault("data.tooLarge", `${what}: a line of more than ${MAX_LINE} characters`);
      for (const line of lines) if (line !== "") yield line;
    }
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    throw new Fault("link.closed", `${what}: the watch broke off: ${textOf(cause)}`, { cause });
  }
}
