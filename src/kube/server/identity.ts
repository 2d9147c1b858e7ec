import "reflect-metadata";
import { randomBytes, webcrypto, X509Certificate } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import * as x509 from "@peculiar/x509";

/** What a server is known by; kept in the data directory, so that kubeconfigs outlive a restart. */
export interface Identity {
  readonly caCertificate: string;
  readonly certificate: string;
  readonly key: string;
  readonly token: string;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const YEAR_MS = 365 * 24 * 3_600_000;
const YEARS = 10;
/** A certificate that ends this soon is made anew at the start. */
const RENEW_MS = 30 * 24 * 3_600_000;

/** Reads the CA, the server certificate and the admin token of a data directory, and makes what is missing. */
export async function loadIdentity(dataDir: string, { host, now }: { host: string; now: number }): Promise<Identity> {
  const dir = join(dataDir, "pki");
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const path = (name: string) => join(dir, name);
  const names = [...new Set(["localhost", hostname()])];
  const addresses = [...new Set(["127.0.0.1", ...(isAddress(host) ? [host] : [])])];
  if (!existsSync(path("ca.crt"))) await makeAuthority(path, now);
  if (!(await isCurrent(path("server.crt"), [...names, ...addresses], now))) {
    await makeServerCertificate(path, { names, addresses, now });
  }
  if (!existsSync(path("admin.token"))) {
    await writeFile(path("admin.token"), randomBytes(32).toString("base64url"), { mode: 0o600 });
  }
  const read = (name: string) => readFile(path(name), "utf8");
  const [caCertificate, certificate, key, token] = await Promise.all(
    ["ca.crt", "server.crt", "server.key", "admin.token"].map(read),
  );
  return { caCertificate: caCertificate ?? "", certificate: certificate ?? "", key: key ?? "", token: token ?? "" };
}

type PathOf = (name: string) => string;

async function makeAuthority(path: PathOf, now: number): Promise<void> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: randomBytes(16).toString("hex"),
      name: "CN=edgeloom-kube-ca",
      ...validity(now),
      keys,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    },
    webcrypto,
  );
  await writeFile(path("ca.key"), await pemOf(keys.privateKey), { mode: 0o600 });
  await writeFile(path("ca.crt"), certificate.toString("pem"));
}

interface ServerNames {
  readonly names: readonly string[];
  readonly addresses: readonly string[];
  readonly now: number;
}

async function makeServerCertificate(path: PathOf, { names, addresses, now }: ServerNames): Promise<void> {
  const authority = new x509.X509Certificate(await readFile(path("ca.crt"), "utf8"));
  const signingKey = await webcrypto.subtle.importKey(
    "pkcs8",
    x509.PemConverter.decodeFirst(await readFile(path("ca.key"), "utf8")),
    ALGORITHM,
    false,
    ["sign"],
  );
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: randomBytes(16).toString("hex"),
      subject: "CN=edgeloom-kube",
      issuer: authority.subject,
      ...validity(now),
      publicKey: keys.publicKey,
      signingKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.SubjectAlternativeNameExtension([
          ...names.map((value) => ({ type: "dns" as const, value })),
          ...addresses.map((value) => ({ type: "ip" as const, value })),
        ]),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        await x509.AuthorityKeyIdentifierExtension.create(authority),
      ],
    },
    webcrypto,
  );
  await writeFile(path("server.key"), await pemOf(keys.privateKey), { mode: 0o600 });
  await writeFile(path("server.crt"), certificate.toString("pem"));
}

/** Still valid for a while, and for every name that clients may use. */
async function isCurrent(path: string, subjects: readonly string[], now: number): Promise<boolean> {
  if (!existsSync(path)) return false;
  const certificate = new X509Certificate(await readFile(path, "utf8"));
  const covers = (subject: string) =>
    (isAddress(subject) ? certificate.checkIP(subject) : certificate.checkHost(subject)) !== undefined;
  return Date.parse(certificate.validTo) - now > RENEW_MS && subjects.every(covers);
}

const validity = (now: number) => ({
  // Clocks of neighbours may be behind.
  notBefore: new Date(now - 3_600_000),
  notAfter: new Date(now + YEARS * YEAR_MS),
});

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}

const isAddress = (host: string): boolean => /^[\d.]+$|:/.test(host);
