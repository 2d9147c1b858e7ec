import { createHash, X509Certificate } from "node:crypto";

/** What a PEM block says it holds. */
export type PemLabel = "CERTIFICATE" | "PRIVATE KEY";

/** DER as one PEM block with a newline at its end (RFC 7468: 64 characters a line). */
export function pemOf(der: Uint8Array, label: PemLabel): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** The DER of the first certificate of a PEM text. Throws what OpenSSL says if there is none. */
export const certificateDer = (pem: string): Buffer => new X509Certificate(pem).raw;

/** Lower-case hex SHA-256 of a certificate's DER: what a join token pins. */
export const fingerprint = (der: Uint8Array): string => createHash("sha256").update(der).digest("hex");

/** When a certificate (PEM) ends, epoch ms. */
export const expiryOf = (pem: string): number => Date.parse(new X509Certificate(pem).validTo);

/** The common name of a certificate's subject; undefined if it has none or several. */
export function commonNameOf(certificate: X509Certificate): string | undefined {
  const names = certificate.subject.split("\n").filter((line) => line.startsWith("CN="));
  return names.length === 1 ? names[0]?.slice("CN=".length) : undefined;
}
