import { createHash, timingSafeEqual } from "node:crypto";
import { unauthorized } from "../status.ts";

export type Caller = { readonly kind: "admin"; readonly name: string } | { readonly kind: "anonymous" };

const ADMIN: Caller = { kind: "admin", name: "edgeloom" };

/** Who sends a request: 401 for a token that is not ours, anonymous without one. */
export class Authenticator {
  readonly #digest: Buffer;

  constructor(token: string) {
    this.#digest = digestOf(token);
  }

  callerOf(authorization: string | undefined): Caller {
    const token = /^bearer\s+(\S+)\s*$/i.exec(authorization ?? "")?.[1];
    if (token === undefined) return { kind: "anonymous" };
    // Digests are of equal length, and comparing them tells nothing about where the texts differ.
    if (!timingSafeEqual(digestOf(token), this.#digest)) throw unauthorized();
    return ADMIN;
  }
}

const digestOf = (token: string): Buffer => createHash("sha256").update(token).digest();
