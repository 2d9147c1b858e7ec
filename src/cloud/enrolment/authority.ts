import { hkdfSync, randomBytes } from "node:crypto";
import { hostname, networkInterfaces } from "node:os";
import type { KeyPair } from "../../shared/kit/certificates.ts";
import { Fault } from "../../shared/kit/fault.ts";
import type { Service } from "../../shared/kit/lifecycle.ts";
import type { Logger } from "../../shared/kit/logger.ts";
import { certificateDer, expiryOf, fingerprint } from "../../shared/kit/pem.ts";
import { type Clock, slept } from "../../shared/kit/time.ts";
import { keepCa, keepTokenKey, readCa, readTokenKey, type Secrets } from "./secrets.ts";

/** No rotation yet, so it outlives the machines. */
const CA_YEARS = 30;
const SERVER_DAYS = 365;
const RENEW_BEFORE_MS = 120 * 86_400_000;
const CHECK_EVERY_MS = 6 * 3_600_000;

interface AuthorityParts {
  readonly secrets: Secrets;
  /** Host names and addresses by which edges reach the hub. */
  readonly names: readonly string[];
  readonly clock: Clock;
  readonly log: Logger;
}

interface Held {
  readonly ca: KeyPair;
  readonly tokenKey: Buffer;
  server: KeyPair;
}

/** What a TLS server of the cloud needs; ready to be spread into its options. */
export interface ServerTls {
  readonly cert: string;
  readonly key: string;
  readonly ticketKeys: Buffer;
}

/**
 * The hub's own CA, which no Kubernetes API trusts: made on the first start, kept in a Secret, so that all clouds of a
 * cluster share it. The certificate of the servers is made anew at each start and before it expires; its key is never
 * written down.
 */
export class Authority implements Service {
  readonly name = "authority";
  readonly #parts: AuthorityParts;
  readonly #life = new AbortController();
  readonly #renewed = new Set<() => void>();
  #renewal: Promise<void> = Promise.resolve();
  #held: Held | undefined;

  constructor(parts: AuthorityParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    const { secrets } = this.#parts;
    const ca = (await readCa(secrets)) ?? (await this.#makeCa());
    const tokenKey = (await readTokenKey(secrets)) ?? (await this.#makeTokenKey());
    this.#held = { ca, tokenKey, server: await this.#issue(ca) };
    this.#renewal = this.#keepRenewed();
  }

  async stop(): Promise<void> {
    this.#life.abort();
    await this.#renewal;
  }

  /** Certificate and private key of the CA, PEM. */
  get ca(): KeyPair {
    return this.#need().ca;
  }

  get tokenKey(): Buffer {
    return this.#need().tokenKey;
  }

  serverTls(): ServerTls {
    const { certificate: cert, key } = this.#need().server;
    // From the CA's key, so that a session ticket of one process is good at its successor and its neighbours.
    const ticketKeys = Buffer.from(hkdfSync("sha256", this.ca.key, "", "edgeloom hub session tickets", 48));
    return { cert, key, ticketKeys };
  }

  /** Tells when `serverTls` has changed. */
  onRenewed(handler: () => void, signal: AbortSignal): void {
    this.#renewed.add(handler);
    signal.addEventListener("abort", () => this.#renewed.delete(handler), { once: true });
  }

  async #makeCa(): Promise<KeyPair> {
    const { secrets, clock, log } = this.#parts;
    const { createCa } = await import("../../shared/kit/certificates.ts");
    await keepCa(secrets, await createCa({ commonName: "Edgeloom hub CA", years: CA_YEARS, now: clock.now() }));
    const ca = await readCa(secrets);
    if (ca === undefined) throw new Fault("state.conflict", "the Secret of the hub CA vanished while it was made");
    log.info("hub CA made", { fingerprint: fingerprint(certificateDer(ca.certificate)) });
    return ca;
  }

  async #makeTokenKey(): Promise<Buffer> {
    const { secrets } = this.#parts;
    await keepTokenKey(secrets, randomBytes(32));
    const key = await readTokenKey(secrets);
    if (key === undefined) throw new Fault("state.conflict", "the Secret of the token key vanished while it was made");
    return key;
  }

  async #issue(ca: KeyPair): Promise<KeyPair> {
    const { names, clock } = this.#parts;
    const { issueServerCertificate } = await import("../../shared/kit/certificates.ts");
    const validity = { now: clock.now(), days: SERVER_DAYS };
    return issueServerCertificate({ ca, commonName: "Edgeloom hub", names, validity });
  }

  async #keepRenewed(): Promise<void> {
    const { clock, log } = this.#parts;
    while (await slept(clock, CHECK_EVERY_MS, this.#life.signal)) {
      const held = this.#need();
      if (expiryOf(held.server.certificate) - clock.now() > RENEW_BEFORE_MS) continue;
      held.server = await this.#issue(held.ca);
      for (const handler of this.#renewed) handler();
      log.info("server certificate renewed", { expires: new Date(expiryOf(held.server.certificate)).toISOString() });
    }
  }

  #need(): Held {
    if (this.#held === undefined) throw new Error("the authority is used before its start");
    return this.#held;
  }
}

/** The names a server certificate needs: what is advertised, this machine's own names, and its addresses if it listens on all. */
export function certificateNames({ advertise, host }: { advertise: readonly string[]; host: string }): string[] {
  const listensOnAll = host === "0.0.0.0" || host === "::";
  const addresses = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .map(({ address }) => address)
    .filter((address) => !address.startsWith("fe80:"));
  const own = listensOnAll ? addresses : [host];
  return [...new Set([...advertise, "localhost", "127.0.0.1", "::1", hostname(), ...own])];
}
