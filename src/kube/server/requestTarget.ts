import { badRequest } from "../status.ts";

/** The address of a resource request (k8s.io/apiserver/pkg/endpoints/request, requestinfo.go). */
export interface ResourceTarget {
  readonly group: string;
  readonly version: string;
  /** Empty where the path names none. */
  readonly namespace: string;
  readonly plural: string;
  /** Empty for the collection. */
  readonly name: string;
  /** `status`, or `a/b` for what is deeper. */
  readonly subresource: string;
  /** The old form `/apis/g/v/watch/…`. */
  readonly isWatchPath: boolean;
}

/** These follow a namespace's own name; any other word there is a resource in the namespace. */
const NAMESPACE_SUBRESOURCES = new Set(["status", "finalize"]);

/** Reads `/api/v1/…` and `/apis/g/v/…`; undefined where the path names no resource. */
export function parseTarget(path: string): ResourceTarget | undefined {
  const parts = path.split("/").filter((part) => part !== "");
  const [root] = parts;
  if (root !== "api" && root !== "apis") return undefined;
  const group = root === "apis" ? decoded(parts[1]) : "";
  const version = decoded(parts[root === "apis" ? 2 : 1]);
  let rest = parts.slice(root === "apis" ? 3 : 2);
  if (rest.length === 0) return undefined;
  const isWatchPath = rest[0] === "watch" && rest.length > 1;
  if (isWatchPath) rest = rest.slice(1);
  const base = { group, version, isWatchPath };
  const [first, second, third, ...more] = rest.map(decoded);
  if (first === "namespaces" && third !== undefined && !NAMESPACE_SUBRESOURCES.has(third)) {
    const [name = "", ...deeper] = more;
    return { ...base, namespace: second ?? "", plural: third, name, subresource: deeper.join("/") };
  }
  const deeper = third === undefined ? [] : [third, ...more];
  // As in Kubernetes a Namespace counts as lying in itself; the registry knows that it is cluster-scoped.
  return { ...base, namespace: "", plural: first ?? "", name: second ?? "", subresource: deeper.join("/") };
}

function decoded(part: string | undefined): string {
  try {
    return decodeURIComponent(part ?? "");
  } catch {
    throw badRequest(`invalid URL escape in ${JSON.stringify(part)}`);
  }
}
