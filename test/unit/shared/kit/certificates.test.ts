import { createPrivateKey, X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  createCa,
  createCsr,
  issueServerCertificate,
  readCsr,
  signClientCsr,
} from "../../../../src/shared/kit/certificates.ts";
import { certificateDer, commonNameOf, expiryOf, fingerprint, pemOf } from "../../../../src/shared/kit/pem.ts";

const now = Date.UTC(2026, 0, 1);
const validity = { now, days: 365 };

describe("certificates", () => {
  it("an authority signs servers whose names are checked by OpenSSL", async () => {
    const ca = await createCa({ commonName: "test", years: 10, now });
    const names = ["hub.example", "127.0.0.1", "::1", "localhost", "localhost"];
    const server = await issueServerCertificate({ ca, commonName: "hub", names, validity });
    const [issuer, certificate] = [new X509Certificate(ca.certificate), new X509Certificate(server.certificate)];
    expect(certificate.checkIssued(issuer)).toBe(true);
    expect(certificate.verify(issuer.publicKey)).toBe(true);
    expect(certificate.checkHost("hub.example")).toBe("hub.example");
    expect(certificate.checkIP("127.0.0.1")).toBe("127.0.0.1");
    expect(certificate.checkIP("::1")).toBe("::1");
    expect(certificate.checkHost("other.example")).toBeUndefined();
    expect(certificate.checkPrivateKey(createPrivateKey(server.key))).toBe(true);
    expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    expect([issuer.ca, certificate.ca]).toEqual([true, false]);
    expect(expiryOf(server.certificate)).toBe(now + 365 * 86_400_000);
  });

  it("a signed request gives a client certificate with the subject that the signer says", async () => {
    const ca = await createCa({ commonName: "test", years: 1, now });
    const { csr, key } = await createCsr({ commonName: "system:node:a,O=b", organizations: ["system:nodes"] });
    const checked = await readCsr(csr);
    expect(checked).toMatchObject({ commonName: "system:node:a,O=b", organizations: ["system:nodes"] });
    const subject = { commonName: "system:node:a", organizations: ["system:nodes"] };
    const certificate = new X509Certificate(await signClientCsr({ ca, csr: checked, subject, validity }));
    expect(certificate.subject).toBe("O=system:nodes\nCN=system:node:a");
    expect(commonNameOf(certificate)).toBe("system:node:a");
    expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true);
    expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
  });

  it("a certificate never outlives its authority", async () => {
    const ca = await createCa({ commonName: "test", years: 1, now });
    const server = await issueServerCertificate({ ca, commonName: "x", names: ["x"], validity: { now, days: 4000 } });
    expect(expiryOf(server.certificate)).toBe(expiryOf(ca.certificate));
  });

  it("what is not a request, or is one with a broken signature, is malformed", async () => {
    const { csr } = await createCsr({ commonName: "x" });
    const forged = Buffer.from(csr);
    forged.writeUInt8(forged.readUInt8(forged.length - 1) ^ 1, forged.length - 1);
    await expect(readCsr(forged)).rejects.toMatchObject({ code: "data.malformed" });
    await expect(readCsr(Buffer.from("no"))).rejects.toMatchObject({ code: "data.malformed" });
    await expect(readCsr(Buffer.alloc(0))).rejects.toMatchObject({ code: "data.malformed" });
  });

  it("PEM and DER are the same certificate", async () => {
    const ca = await createCa({ commonName: "test", years: 1, now });
    const der = certificateDer(ca.certificate);
    expect(new X509Certificate(pemOf(der, "CERTIFICATE")).fingerprint256.replaceAll(":", "").toLowerCase()).toBe(
      fingerprint(der),
    );
  });
});
