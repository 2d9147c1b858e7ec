import type { IncomingMessage } from "node:http";
import { bodyTooLarge } from "../status.ts";

/** As kube-apiserver: 3 MiB. */
const LIMIT = 3 * 1024 * 1024;
/** Beyond this a client that does not stop is cut off. */
const PATIENCE = 16 * 1024 * 1024;

/** The whole body as text; 413 beyond 3 MiB, once the client has sent it and can read the answer. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const { "content-length": announced, "transfer-encoding": encoding } = request.headers;
  if (announced === undefined && encoding === undefined) return "";
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    length += chunk.length;
    if (length <= LIMIT) chunks.push(chunk);
    else if (length > PATIENCE) request.destroy();
  }
  if (length > LIMIT) throw bodyTooLarge(LIMIT);
  return Buffer.concat(chunks).toString("utf8");
}

/** The media type of the body without parameters; "" where the client named none. */
export function contentTypeOf(request: IncomingMessage): string {
  return (request.headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}
