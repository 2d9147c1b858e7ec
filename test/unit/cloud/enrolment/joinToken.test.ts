import { createHmac } from "node:crypto";
import { expect, it } from "vitest";
import { issueToken, readToken, signToken } from "../../../../src/cloud/enrolment/joinToken.ts";
import { MemorySecrets } from "../../../support/linkRig.ts";

const key = Buffer.alloc(32, 7);
const claims = { jti: "abc123", iat: 1, exp: 2, node: "a" };
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

it("what was signed is read back", () => {
  expect(readToken(signToken(claims, key), key)).toEqual(claims);
});

it("nothing else is", () => {
  const [header, payload, signature] = signToken(claims, key).split(".");
  const forged = part({ ...claims, exp: 9e9 });
  const unsigned = `${part({ alg: "none" })}.${payload}.`;
  const wrong = [
    ...["", "a.b", `${header}.${payload}.${signature}.x`, `${header}.${forged}.${signature}`, unsigned],
    signToken(claims, Buffer.alloc(32, 8)),
  ];
  for (const jwt of wrong) expect(readToken(jwt, key)).toBeUndefined();
});

it("a signature over claims that make no sense gives none", () => {
  for (const payload of [part({ exp: "soon" }), part(null), Buffer.from("{").toString("base64url")]) {
    const content = `${part({ alg: "HS256" })}.${payload}`;
    const mac = createHmac("sha256", key).update(content).digest("base64url");
    expect(readToken(`${content}.${mac}`, key)).toBeUndefined();
  }
});

it("before the first start of a cloud there is nothing that a token could name", async () => {
  await expect(issueToken(new MemorySecrets(), { ttlMs: 1, now: 0 })).rejects.toThrow(/start `edgeloom cloud` first/);
});

it("a token for what cannot be a node is refused", async () => {
  await expect(issueToken(new MemorySecrets(), { ttlMs: 1, now: 0, node: "A" })).rejects.toMatchObject({
    code: "config.invalid",
  });
});
