import type { IncomingMessage } from "node:http";
import { stringifyJson } from "../json.ts";
import { decodeProtobuf } from "../proto/decode.ts";
import { bodyTooLarge } from "../status.ts";

/** As kube-apiserver: 3 MiB. */
const LIMIT = 3 * 1024 * 1024;
/** Beyond this a client that does not stop is cut off. */
const PATIENCE = 16 * 1024 * 1024;

export interface RequestBody {
  readonly text: string;
  /** The media type without parameters; "" where the client named none. */
  readonly contentType: string;
}

const PROTOBUF = "application/vnd.kubernetes.protobuf";

/** The body as text. Typed clients send protobuf, which becomes the JSON that they could have sent. Throws ApiError. */
export async function bodyOf(request: IncomingMessage): Promise<RequestBody> {
  const contentType = contentTypeOf(request);
  const bytes = await readBody(request);
  if (contentType !== PROTOBUF) return { text: bytes.toString("utf8"), contentType };
  return { text: stringifyJson(decodeProtobuf(bytes)), contentType: "application/json" };
}

/** The whole body; 413 beyond 3 MiB, once the client has sent it and can read the answer. */
async function readBody(request: IncomingMessage): Promise<Buffer> {
  const { "content-length": announced, "transfer-encoding": encoding } = request.headers;
  if (announced === undefined && encoding === undefined) return Buffer.alloc(0);
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    length += chunk.length;
    if (length <= LIMIT) chunks.push(chunk);
    else if (length > PATIENCE) request.destroy();
  }
  if (length > LIMIT) throw bodyTooLarge(LIMIT);
  return Buffer.concat(chunks);
}

function contentTypeOf(request: IncomingMessage): string {
  return (request.headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}
