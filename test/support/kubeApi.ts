import { readFileSync } from "node:fs";
import { request } from "node:https";
import { parse } from "yaml";

export interface ApiAnswer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** How a test reaches a Kubernetes API, the embedded one or a real one. */
export interface KubeApi {
  readonly server: string;
  readonly ca: string;
  readonly token: string;
}

/** The only cluster and user of a kubeconfig. */
export function apiOf(kubeconfig: string): KubeApi {
  const { clusters, users } = parse(readFileSync(kubeconfig, "utf8")) as {
    clusters: [{ cluster: { server: string; "certificate-authority-data": string } }];
    users: [{ user: { token: string } }];
  };
  const { server, "certificate-authority-data": authority } = clusters[0].cluster;
  return { server, ca: Buffer.from(authority, "base64").toString(), token: users[0].user.token };
}

/** One request; PATCH is a merge patch unless `type` says otherwise. */
export function callApi(
  { server, ca, token }: KubeApi,
  method: string,
  path: string,
  { body, accept = "application/json" }: { readonly body?: unknown; readonly accept?: string } = {},
): Promise<ApiAnswer> {
  const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
  return new Promise((done, failed) => {
    const call = request(
      new URL(path, server),
      { method, ca, headers: { authorization: `Bearer ${token}`, "content-type": type, accept } },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part: string) => {
          text += part;
        });
        response.on("end", () => done({ status: response.statusCode ?? 0, body: bodyOf(text) }));
      },
    );
    call.on("error", failed);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Asks until the answer is 200 and `isDone` of it; the last answer is in the error. */
export async function untilApi(
  api: KubeApi,
  path: string,
  { isDone = () => true, timeoutMs = 15_000 }: { isDone?: (answer: ApiAnswer) => boolean; timeoutMs?: number } = {},
): Promise<ApiAnswer> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    const answer = await callApi(api, "GET", path);
    if (answer.status === 200 && isDone(answer)) return answer;
    if (Date.now() > until) throw new Error(`GET ${path}: still ${answer.status} ${JSON.stringify(answer.body)}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** Plain text (as from /readyz) comes as `text`. */
function bodyOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : { text };
  } catch {
    return { text };
  }
}
