import { createPrivateKey, randomBytes, X509Certificate } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import type { KeyPair } from "../../shared/kit/certificates.ts";
import { readIfThere, writeWholeFile } from "../../shared/kit/wholeFile.ts";

/** What a server is known by; kept in the data directory, so that kubeconfigs outlive a restart. */
export interface Identity {
  readonly caCertificate: string;
  readonly certificate: string;
  readonly key: string;
  readonly token: string;
}

const YEARS = 10;
/** A certificate that ends this soon is made anew at the start. */
const RENEW_MS = 30 * 24 * 3_600_000;

/** Reads the CA, the server certificate and the admin token of a data directory, and makes what is missing. */
export async function loadIdentity(dataDir: string, { host, now }: { host: string; now: number }): Promise<Identity> {
  const dir = join(dataDir, "pki");
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const names = [...new Set(["localhost", hostname(), "127.0.0.1", host])];
  const caCertificate = (await readIfThere(join(dir, "ca.crt"))) ?? (await makeAuthority(dir, now));
  const kept = await readPair(dir);
  const isGood = kept !== undefined && isCurrent(kept, { names, now, ca: new X509Certificate(caCertificate) });
  const { certificate, key } = isGood ? kept : await makeServerCertificate(dir, { caCertificate, names, now });
  const token = (await readIfThere(join(dir, "admin.token"))) ?? (await makeToken(dir));
  return { caCertificate, certificate, key, token };
}

async function readPair(dir: string): Promise<KeyPair | undefined> {
  const [certificate, key] = [await readIfThere(join(dir, "server.crt")), await readIfThere(join(dir, "server.key"))];
  return certificate === undefined || key === undefined ? undefined : { certificate, key };
}

/** Still valid for a while, for every name that clients may use, and of one piece. */
function isCurrent(
  { certificate, key }: KeyPair,
  { names, now, ca }: { readonly names: readonly string[]; readonly now: number; readonly ca: X509Certificate },
): boolean {
  const held = new X509Certificate(certificate);
  const covers = (name: string) => (isIP(name) === 0 ? held.checkHost(name) : held.checkIP(name)) !== undefined;
  return (
    Date.parse(held.validTo) - now > RENEW_MS &&
    held.verify(ca.publicKey) &&
    held.checkPrivateKey(createPrivateKey(key)) &&
    names.every(covers)
  );
}

/** The certificate is written last: where it is, its key is, too. */
async function makeAuthority(dir: string, now: number): Promise<string> {
  const { createCa } = await import("../../shared/kit/certificates.ts");
  const { certificate, key } = await createCa({ commonName: "edgeloom-kube-ca", years: YEARS, now });
  await writeWholeFile(join(dir, "ca.key"), key, 0o600);
  await writeWholeFile(join(dir, "ca.crt"), certificate, 0o644);
  return certificate;
}

async function makeServerCertificate(
  dir: string,
  {
    caCertificate,
    names,
    now,
  }: { readonly caCertificate: string; readonly names: readonly string[]; readonly now: number },
): Promise<KeyPair> {
  const { issueServerCertificate } = await import("../../shared/kit/certificates.ts");
  const ca = { certificate: caCertificate, key: await readFile(join(dir, "ca.key"), "utf8") };
  const validity = { now, days: YEARS * 365 };
  const pair = await issueServerCertificate({ ca, commonName: "edgeloom-kube", names, validity });
  await writeWholeFile(join(dir, "server.key"), pair.key, 0o600);
  await writeWholeFile(join(dir, "server.crt"), pair.certificate, 0o644);
  return pair;
}

async function makeToken(dir: string): Promise<string> {
  const token = randomBytes(32).toString("base64url");
  await writeWholeFile(join(dir, "admin.token"), token, 0o600);
  return token;
}
