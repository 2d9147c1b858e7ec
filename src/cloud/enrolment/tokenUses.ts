import type { TokenClaims } from "../../shared/wire/enrolment.ts";
import { createIfAbsent, type Secrets } from "./secrets.ts";

/**
 * Counts the nodes that used a token, across restarts and several clouds: each use is a Secret of its own, and that
 * only one can create it is all the agreement there needs to be. A node that comes again does not count again.
 */
export class TokenUses {
  readonly #secrets: Secrets;

  constructor(secrets: Secrets) {
    this.#secrets = secrets;
  }

  /** Takes one use for the node; false if all are taken by others. */
  async take({ jti, uses, exp }: TokenClaims, node: string): Promise<boolean> {
    if (uses === undefined) return true;
    for (let use = 1; use <= uses; use++) {
      const name = `edgeloom-join-token-${jti}-use-${use}`;
      if (await createIfAbsent(this.#secrets, name, { node, expires: String(exp) })) return true;
      if ((await this.#secrets.read(name))?.["node"] === node) return true;
    }
    return false;
  }
}
