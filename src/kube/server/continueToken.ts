import { isObject, type JsonValue, textAt } from "../json.ts";
import { badRequest } from "../status.ts";
import { parseJson } from "../strictJson.ts";

/** Where a page ended: the revision that the whole list is read at, and the last key given. */
export interface PagePosition {
  readonly revision: number;
  readonly after: string;
}

export function encodeContinue({ revision, after }: PagePosition): string {
  return Buffer.from(JSON.stringify({ v: "meta.k8s.io/v1", rv: revision, start: `${after}\0` })).toString("base64url");
}

/** Throws ApiError 400 for what is not a token of ours. */
export function decodeContinue(token: string): PagePosition {
  let content: JsonValue;
  try {
    content = parseJson(Buffer.from(token, "base64url").toString("latin1"));
  } catch (error) {
    const text = error instanceof SyntaxError ? error.message : String(error);
    throw badRequest(`invalid continue token: continue key is not valid: ${text}`);
  }
  const start = textAt(content, "start");
  const revision = isObject(content) ? content["rv"] : undefined;
  if (typeof revision !== "number" || start === undefined || !start.includes("/")) {
    throw badRequest("invalid continue token: continue key is not valid: incorrect encoded start resourceVersion");
  }
  return { revision, after: start.replace(/\0$/, "") };
}
