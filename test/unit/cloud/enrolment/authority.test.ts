import { X509Certificate } from "node:crypto";
import { expect, it } from "vitest";
import { Authority, certificateNames } from "../../../../src/cloud/enrolment/authority.ts";
import { TokenUses } from "../../../../src/cloud/enrolment/tokenUses.ts";
import { MemorySecrets, QUIET } from "../../../support/linkRig.ts";
import { TestClock } from "../../../support/testClock.ts";

const DAY_MS = 86_400_000;
const newAuthority = (secrets = new MemorySecrets(), clock = new TestClock()) =>
  new Authority({ secrets, names: ["hub.example"], clock, log: QUIET });

it("two clouds that start for the first time at once end up with one CA and one token key", async () => {
  const secrets = new MemorySecrets();
  const [one, two] = [newAuthority(secrets), newAuthority(secrets)];
  await Promise.all([one.start(), two.start()]);
  expect(one.ca).toEqual(two.ca);
  expect(one.tokenKey).toEqual(two.tokenKey);
  await Promise.all([one.stop(), two.stop()]);
});

it("the server's certificate is made anew before it expires, and whoever shows it is told", async () => {
  const clock = new TestClock();
  const authority = newAuthority(new MemorySecrets(), clock);
  await authority.start();
  const first = authority.serverTls();
  const renewed = new Promise<void>((resolve) => authority.onRenewed(resolve, new AbortController().signal));
  await clock.advance(240 * DAY_MS);
  expect(authority.serverTls().cert).toBe(first.cert);
  await clock.advance(6 * DAY_MS);
  await renewed;
  const second = authority.serverTls();
  expect(second.cert).not.toBe(first.cert);
  expect(second.ticketKeys).toEqual(first.ticketKeys);
  expect(Date.parse(new X509Certificate(second.cert).validTo)).toBeGreaterThan(clock.now() + 350 * DAY_MS);
  await authority.stop();
});

it("a Secret that lost an entry is named", async () => {
  const secrets = new MemorySecrets();
  await secrets.create("edgeloom-hub-ca", { "tls.crt": "x" });
  await expect(newAuthority(secrets).start()).rejects.toThrow(/edgeloom-hub-ca has no entry tls\.key/);
});

it("names hold what is advertised and this machine's own, and its addresses if it listens on all", () => {
  const own = certificateNames({ advertise: ["hub.example"], host: "127.0.0.1" });
  expect(own.slice(0, 4)).toEqual(["hub.example", "localhost", "127.0.0.1", "::1"]);
  const all = certificateNames({ advertise: [], host: "0.0.0.0" });
  expect(all).not.toContain("0.0.0.0");
});

it("a token of two uses is for two nodes, which may come again", async () => {
  const uses = new TokenUses(new MemorySecrets());
  const claims = { jti: "t1", iat: 0, exp: 9, uses: 2 };
  const nodes = ["a", "b", "a", "c", "b"];
  const taken: boolean[] = [];
  for (const node of nodes) taken.push(await uses.take(claims, node));
  expect(taken).toEqual([true, true, true, false, true]);
});
