import type { CheckedCsr, KeyPair } from "../../shared/kit/certificates.ts";
import { textOf } from "../../shared/kit/fault.ts";
import type { Clock } from "../../shared/kit/time.ts";
import { isNodeName, isSiteName, NODES_GROUP, nodeSubject, type TokenClaims } from "../../shared/wire/enrolment.ts";
import { readToken } from "./joinToken.ts";

const CERTIFICATE_DAYS = 365;

/** The Node objects, as enrolment needs them. */
interface Nodes {
  /** Sees to it that the Node is there, with its site. */
  enrolled(name: string, facts: { readonly site: string | undefined }): Promise<void>;
}

interface Uses {
  take(claims: TokenClaims, node: string): Promise<boolean>;
}

interface EnrollerParts {
  readonly authority: { readonly ca: KeyPair; readonly tokenKey: Buffer };
  readonly uses: Uses;
  readonly nodes: Nodes;
  readonly clock: Clock;
}

/** Headers and body of a request, nothing of it checked yet. */
export interface EnrolRequest {
  readonly authorization: string | undefined;
  readonly node: string | undefined;
  readonly site: string | undefined;
  readonly csr: Uint8Array;
}

/** `cause` is one of few words, for the metric; `reason` is for people. */
export type EnrolAnswer =
  | { readonly kind: "issued"; readonly certificate: Buffer; readonly node: string }
  | {
      readonly kind: "refused";
      readonly status: 400 | 401 | 403;
      readonly cause: "token" | "expired" | "node" | "site" | "request" | "subject" | "uses";
      readonly reason: string;
    };

type Refusal = Extract<EnrolAnswer, { kind: "refused" }>;

/** Decides who becomes an edge. */
export class Enroller {
  readonly #parts: EnrollerParts;

  constructor(parts: EnrollerParts) {
    this.#parts = parts;
  }

  /** Rejects only if the Kubernetes API does; nothing is lost then, and the same request may come again. */
  async enrol(request: EnrolRequest): Promise<EnrolAnswer> {
    const claims = this.#checkToken(request.authorization);
    if ("kind" in claims) return claims;
    const refused = checkNames(request, claims);
    if (refused) return refused;
    const { node = "", site } = request;
    const { readCsr, signClientCsr } = await import("../../shared/kit/certificates.ts");
    let csr: CheckedCsr;
    try {
      csr = await readCsr(request.csr);
    } catch (error) {
      return refuse(400, "request", textOf(error));
    }
    const subject = nodeSubject(node);
    if (csr.commonName !== subject.commonName || csr.organizations.join() !== NODES_GROUP) {
      return refuse(403, "subject", `the request must be for CN=${subject.commonName}, O=${NODES_GROUP}`);
    }
    const { uses, authority, nodes, clock } = this.#parts;
    if (!(await uses.take(claims, node))) {
      return refuse(403, "uses", `the token was for ${claims.uses} node(s), and is used up; ask for a new one`);
    }
    await nodes.enrolled(node, { site });
    const validity = { now: clock.now(), days: CERTIFICATE_DAYS };
    return { kind: "issued", certificate: await signClientCsr({ ca: authority.ca, csr, subject, validity }), node };
  }

  #checkToken(authorization: string | undefined): TokenClaims | Refusal {
    const [, jwt] = /^Bearer ([\w.-]+)$/i.exec(authorization ?? "") ?? [];
    const claims = jwt === undefined ? undefined : readToken(jwt, this.#parts.authority.tokenKey);
    if (claims === undefined) {
      return refuse(401, "token", "this token is not from this cloud; `edgeloom token create` makes one");
    }
    if (claims.exp * 1000 > this.#parts.clock.now()) return claims;
    const expired = new Date(claims.exp * 1000).toISOString();
    return refuse(401, "expired", `the token expired at ${expired}; \`edgeloom token create\` makes a new one`);
  }
}

function checkNames({ node, site }: EnrolRequest, claims: TokenClaims): Refusal | undefined {
  if (node === undefined || !isNodeName(node)) {
    return refuse(400, "node", "header NodeName must be a Kubernetes node name: a-z, 0-9, - and ., at most 253");
  }
  if (site !== undefined && !isSiteName(site)) {
    return refuse(400, "site", "header EdgeloomSite must be the name of a Site: a-z, 0-9, - and ., at most 63");
  }
  if (claims.node !== undefined && claims.node !== node) {
    return refuse(403, "node", `the token is for node ${claims.node}, not for ${node}`);
  }
  return undefined;
}

function refuse(status: Refusal["status"], cause: Refusal["cause"], reason: string): Refusal {
  return { kind: "refused", status, cause, reason };
}
