import { z } from "zod";
import { Fault } from "../kit/fault.ts";

/**
 * How an edge gets its certificate (KubeEdge's routes, our authorization). `GET /ca.crt` gives the hub's CA, which the
 * edge holds against its token before it trusts anything; `POST /edge.crt` (KubeEdge: `GET`) with a PKCS #10 request
 * gives a client certificate. Both bodies are DER. Refusals are plain text: 400 what is wrong with the request, 401
 * what is wrong with the token, 403 what the token does not allow.
 */
export const ENROLMENT = {
  caRoute: "/ca.crt",
  certificateRoute: "/edge.crt",
  /** A request for P-256 has some 300 bytes. */
  maxBodyBytes: 16_384,
} as const;

/** Header names as Node reads them; HTTP does not care for case (`NodeName`, `EdgeloomSite`, `Edgeloom-Hub`). */
export const HEADERS = {
  node: "nodename",
  site: "edgeloomsite",
  /** In the answer: the URL to dial, wss://host:port. */
  hub: "edgeloom-hub",
} as const;

/** Where an edge's WebSocket goes, below the hub's URL. */
export const SYNC_PATH = "/edgeloom/v1/sync";

const NODE_PREFIX = "system:node:";
/** The organization (O) of every node's certificate. */
export const NODES_GROUP = "system:nodes";

/** The subject of a node's certificate, as Kubernetes' node authorizer has it. */
export const nodeSubject = (node: string) => ({ commonName: `${NODE_PREFIX}${node}`, organizations: [NODES_GROUP] });

/** The node that a certificate's common name speaks for; undefined if it is no node's. */
export function nodeOf(commonName: string | undefined): string | undefined {
  if (!commonName?.startsWith(NODE_PREFIX)) return undefined;
  const node = commonName.slice(NODE_PREFIX.length);
  return isNodeName(node) ? node : undefined;
}

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** A DNS-1123 subdomain, as Kubernetes wants the name of a Node. */
export const isNodeName = (name: string): boolean => name.length <= 253 && SUBDOMAIN.test(name);

/** The name of a Site, short enough to be the value of a label as well. */
export const isSiteName = (name: string): boolean => name.length <= 63 && SUBDOMAIN.test(name);

/** What a join token says. Unknown claims are ignored, so that newer clouds may add some. */
export const tokenClaims = z.object({
  /** Names the token, for its revocation and for counting its uses. */
  jti: z.string().regex(/^[a-z0-9]{1,64}$/),
  /** Epoch seconds. */
  iat: z.number(),
  exp: z.number(),
  /** The only node that may use it. */
  node: z.string().optional(),
  /** How many nodes may use it; without limit if absent. */
  uses: z.int().min(1).optional(),
});
export type TokenClaims = z.infer<typeof tokenClaims>;

/** `<hex SHA-256 of the CA's DER>.<JWT, HS256>`: KubeEdge's form. The JWT is the cloud's business alone. */
export interface JoinToken {
  readonly caFingerprint: string;
  readonly jwt: string;
}

/** The text that `parseToken` reads. */
export const tokenText = ({ caFingerprint, jwt }: JoinToken): string => `${caFingerprint}.${jwt}`;

/** Takes a token apart; `config.invalid` if it does not look like one. The text itself is never in the message. */
export function parseToken(text: string): JoinToken {
  const [, caFingerprint, jwt] = /^([0-9a-f]{64})\.([\w-]+\.[\w-]+\.[\w-]+)$/.exec(text.trim()) ?? [];
  if (caFingerprint === undefined || jwt === undefined) {
    throw new Fault(
      "config.invalid",
      "this is not a join token (64 hex digits and three more parts, with dots between); is it complete? `edgeloom token create` prints one",
    );
  }
  return { caFingerprint, jwt };
}
