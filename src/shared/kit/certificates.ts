// @peculiar/x509 needs the polyfill first: its dependency tsyringe throws at import without it.
import "reflect-metadata";
import { createPublicKey, randomBytes, webcrypto } from "node:crypto";
import { isIP } from "node:net";
import * as x509 from "@peculiar/x509";
import { Fault } from "./fault.ts";
import { pemOf } from "./pem.ts";

/**
 * Making keys and certificates; loading this module costs 60 ms and 20 MiB, so import it where it is needed, with
 * `await import`. Everything is ECDSA P-256 with SHA-256. Reading certificates needs no more than node:crypto.
 */
export interface KeyPair {
  /** PEM. */
  readonly certificate: string;
  /** PKCS #8, PEM. */
  readonly key: string;
}

/** Whom a certificate is for (RFC 5280, 4.1.2.6). */
export interface Subject {
  readonly commonName: string;
  readonly organizations?: readonly string[];
}

/** From five minutes before `now`, for clocks that are a little behind, as kube-controller-manager's signer does. */
export interface Validity {
  /** Epoch ms. */
  readonly now: number;
  readonly days: number;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const BACKDATE_MS = 5 * 60_000;
const DAY_MS = 86_400_000;

/** A self-signed authority that can sign end certificates only. */
export async function createCa({
  commonName,
  years,
  now,
}: {
  readonly commonName: string;
  readonly years: number;
  readonly now: number;
}): Promise<KeyPair> {
  const keys = await createKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: nameOf({ commonName }),
    notBefore: new Date(now - BACKDATE_MS),
    notAfter: new Date(now + years * 365 * DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: certificate.toString("pem"), key: await keyPem(keys.privateKey) };
}

/** A new key and a certificate for a server. `names` are host names and IP addresses alike. */
export async function issueServerCertificate({
  ca,
  commonName,
  names,
  validity,
}: {
  readonly ca: KeyPair;
  readonly commonName: string;
  readonly names: readonly string[];
  readonly validity: Validity;
}): Promise<KeyPair> {
  const keys = await createKeys();
  const certificate = await sign({
    ca,
    subject: { commonName },
    publicKey: keys.publicKey,
    validity,
    usage: x509.ExtendedKeyUsage.serverAuth,
    extensions: [
      new x509.SubjectAlternativeNameExtension(
        [...new Set(names)].map((value) => ({ type: isIP(value) === 0 ? "dns" : "ip", value }) as const),
      ),
    ],
  });
  return { certificate: certificate.toString("pem"), key: await keyPem(keys.privateKey) };
}

/** A new key and the request for its certificate (PKCS #10, DER). */
export async function createCsr(subject: Subject): Promise<{ readonly csr: Buffer; readonly key: string }> {
  const keys = await createKeys();
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: nameOf(subject),
    signingAlgorithm: ALGORITHM,
    keys,
  });
  return { csr: Buffer.from(request.rawData), key: await keyPem(keys.privateKey) };
}

/** A request whose signature proves that who sent it has the key. */
export interface CheckedCsr {
  readonly commonName: string;
  readonly organizations: readonly string[];
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: ArrayBuffer;
}

/** Takes a request (DER) apart; `data.malformed` if it is none, is not signed by its own key, or has not one common name. */
export async function readCsr(der: Uint8Array): Promise<CheckedCsr> {
  let request: x509.Pkcs10CertificateRequest;
  let proven: boolean;
  let curve: string | undefined;
  try {
    request = new x509.Pkcs10CertificateRequest(new Uint8Array(der));
    const spki = Buffer.from(request.publicKey.rawData);
    curve = createPublicKey({ key: spki, format: "der", type: "spki" }).asymmetricKeyDetails?.namedCurve;
    proven = await request.verify();
  } catch (cause) {
    throw new Fault("data.malformed", "not a certificate request (PKCS #10, DER)", { cause });
  }
  if (!proven) throw new Fault("data.malformed", "the certificate request is not signed by its own key");
  if (curve !== "prime256v1") {
    throw new Fault("data.malformed", "the key of the certificate request must be ECDSA P-256");
  }
  const [commonName, ...others] = request.subjectName.getField("CN");
  if (commonName === undefined || others.length > 0) {
    throw new Fault("data.malformed", "the certificate request must name exactly one CN");
  }
  return {
    commonName,
    organizations: request.subjectName.getField("O"),
    publicKey: request.publicKey.rawData,
  };
}

/** A client certificate (DER) for the key of a request. Subject and usage are the caller's word, never the request's. */
export async function signClientCsr({
  ca,
  csr,
  subject,
  validity,
}: {
  readonly ca: KeyPair;
  readonly csr: CheckedCsr;
  readonly subject: Subject;
  readonly validity: Validity;
}): Promise<Buffer> {
  const publicKey = new x509.PublicKey(csr.publicKey);
  const usage = x509.ExtendedKeyUsage.clientAuth;
  const certificate = await sign({ ca, subject, publicKey, validity, usage, extensions: [] });
  return Buffer.from(certificate.rawData);
}

interface SignRequest {
  readonly ca: KeyPair;
  readonly subject: Subject;
  readonly publicKey: x509.PublicKeyType;
  readonly validity: Validity;
  readonly usage: x509.ExtendedKeyUsage;
  readonly extensions: readonly x509.Extension[];
}

async function sign({ ca, subject, publicKey, validity, usage, extensions }: SignRequest) {
  const issuer = new x509.X509Certificate(ca.certificate);
  const end = validity.now + validity.days * DAY_MS;
  return x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: nameOf(subject),
    issuer: issuer.subjectName,
    notBefore: new Date(Math.max(validity.now - BACKDATE_MS, issuer.notBefore.getTime())),
    // A certificate that outlives its authority fails anyway, only later and without a hint.
    notAfter: new Date(Math.min(end, issuer.notAfter.getTime())),
    publicKey,
    signingKey: await privateKey(ca.key),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([usage]),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      ...extensions,
    ],
  });
}

function createKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

function privateKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ""), "base64");
  return webcrypto.subtle.importKey("pkcs8", der, ALGORITHM, false, ["sign"]);
}

async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  return pemOf(new Uint8Array(await webcrypto.subtle.exportKey("pkcs8", key)), "PRIVATE KEY");
}

/** As attributes, not as text, so that no character of a name means anything. O before CN, as Go writes it. */
function nameOf({ commonName, organizations = [] }: Subject): x509.Name {
  return new x509.Name([...organizations.map((organization) => ({ O: [organization] })), { CN: [commonName] }]);
}

/** Positive and never zero (RFC 5280, 4.1.2.2). */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString("hex");
}
