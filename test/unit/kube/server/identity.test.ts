import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Identity, loadIdentity } from "../../../../src/kube/server/identity.ts";

const NOW = Date.now();
const DAY_MS = 86_400_000;

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "edgeloom-identity-"));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const load = (now = NOW, host = "127.0.0.1") => loadIdentity(dataDir, { host, now });
const isIssued = ({ certificate, caCertificate }: Identity) =>
  new X509Certificate(certificate).verify(new X509Certificate(caCertificate).publicKey);

test("a server is known by the same certificate and token after every restart", async () => {
  const first = await load();
  expect(isIssued(first)).toBe(true);
  expect(await load()).toEqual(first);
});

test("a certificate that ends soon, or lacks a name, is made anew by the same CA", async () => {
  const first = await load();
  const renewed = await load(NOW + (3650 - 29) * DAY_MS);
  expect(renewed.certificate).not.toBe(first.certificate);
  const named = await load(NOW, "kube.example");
  expect(new X509Certificate(named.certificate).checkHost("kube.example")).toBe("kube.example");
  for (const identity of [renewed, named]) {
    expect(identity).toMatchObject({ caCertificate: first.caCertificate, token: first.token });
    expect(isIssued(identity)).toBe(true);
  }
});

test("a certificate and a key that do not fit, as a crash between them leaves them, are made anew", async () => {
  const first = await load();
  await copyFile(join(dataDir, "pki", "ca.key"), join(dataDir, "pki", "server.key"));
  const mended = await load();
  expect(mended.key).not.toBe(first.key);
  expect(new X509Certificate(mended.certificate).checkPrivateKey(createPrivateKey(mended.key))).toBe(true);
  expect(await load()).toEqual(mended);
});
