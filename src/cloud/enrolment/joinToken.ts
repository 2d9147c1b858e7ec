import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { Fault } from "../../shared/kit/fault.ts";
import { certificateDer, fingerprint } from "../../shared/kit/pem.ts";
import { isNodeName, type TokenClaims, tokenClaims, tokenText } from "../../shared/wire/enrolment.ts";
import { readCa, readTokenKey, type Secrets } from "./secrets.ts";

const HEADER = encode({ alg: "HS256", typ: "JWT" });

/** A JWT (RFC 7519) with HMAC-SHA-256. */
export function signToken(claims: TokenClaims, key: Buffer): string {
  const content = `${HEADER}.${encode(claims)}`;
  return `${content}.${mac(content, key).toString("base64url")}`;
}

/** The claims of a JWT that this key signed, expired or not; undefined for anything else. */
export function readToken(jwt: string, key: Buffer): TokenClaims | undefined {
  const [header, payload, signature, ...others] = jwt.split(".");
  if (!header || !payload || !signature || others.length > 0) return undefined;
  // What the header says of the algorithm does not matter: there is one, and it is ours.
  const [given, wanted] = [Buffer.from(signature, "base64url"), mac(`${header}.${payload}`, key)];
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined;
  try {
    return tokenClaims.safeParse(JSON.parse(Buffer.from(payload, "base64url").toString("utf8"))).data;
  } catch {
    return undefined; // Signed by us, yet not JSON: nobody makes such a token.
  }
}

export interface TokenRequest {
  readonly ttlMs: number;
  /** The only node that may use it. */
  readonly node?: string | undefined;
  /** How many nodes may use it. */
  readonly uses?: number | undefined;
  /** Epoch ms. */
  readonly now: number;
}

export interface IssuedToken {
  readonly token: string;
  readonly id: string;
  /** ISO 8601. */
  readonly expiresAt: string;
}

/** Makes a join token. `config.missing` while the cloud, which makes the CA, has not run yet. */
export async function issueToken(secrets: Secrets, { ttlMs, node, uses, now }: TokenRequest): Promise<IssuedToken> {
  if (node !== undefined && !isNodeName(node)) {
    throw new Fault("config.invalid", `${JSON.stringify(node)} cannot be the name of a node: use a-z, 0-9, - and .`);
  }
  const [ca, key] = [await readCa(secrets), await readTokenKey(secrets)];
  if (ca === undefined || key === undefined) {
    throw new Fault(
      "config.missing",
      "this cluster has no hub CA yet, which every token must name; start `edgeloom cloud` first, then create the token",
    );
  }
  const claims: TokenClaims = {
    jti: randomBytes(8).toString("hex"),
    iat: Math.floor(now / 1000),
    exp: Math.floor((now + ttlMs) / 1000),
    node,
    uses,
  };
  const token = tokenText({ caFingerprint: fingerprint(certificateDer(ca.certificate)), jwt: signToken(claims, key) });
  return { token, id: claims.jti, expiresAt: new Date(claims.exp * 1000).toISOString() };
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function mac(content: string, key: Buffer): Buffer {
  return createHmac("sha256", key).update(content).digest();
}
