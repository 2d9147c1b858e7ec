import { expect, it } from "vitest";
import {
  isNodeName,
  isSiteName,
  nodeOf,
  nodeSubject,
  parseToken,
  tokenText,
} from "../../../../src/shared/wire/enrolment.ts";

it("a token is taken apart into what it was made of", () => {
  const token = { caFingerprint: "0".repeat(64), jwt: "aa.b-b.c_c" };
  expect(parseToken(` ${tokenText(token)}\n`)).toEqual(token);
});

it("what is no token is refused, without repeating it", () => {
  for (const text of ["", "secret", `${"0".repeat(63)}.a.b.c`, `${"0".repeat(64)}.a.b`, `${"0".repeat(64)}.a.b.c.d`]) {
    expect(() => parseToken(text)).toThrow(/not a join token/);
    expect(() => parseToken(text)).not.toThrow(/secret/);
  }
});

it("the node of a certificate is the one it was made for", () => {
  expect(nodeOf(nodeSubject("edge-1.hall").commonName)).toBe("edge-1.hall");
  for (const name of [undefined, "", "edge-1", "system:node:", "system:node:A", "system:nodes:a", "system:node:a/b"]) {
    expect(nodeOf(name)).toBeUndefined();
  }
});

it("names are those that Kubernetes takes", () => {
  for (const good of ["a", "edge-1", "a.b-c.d", "1", "a".repeat(63)]) {
    expect([isNodeName(good), isSiteName(good)]).toEqual([true, true]);
  }
  for (const bad of ["", "-a", "a-", "a..b", "A", "a_b", "ä", "a b", ".a", "a\n", "a".repeat(254)]) {
    expect([isNodeName(bad), isSiteName(bad)]).toEqual([false, false]);
  }
  expect([isNodeName("a".repeat(64)), isSiteName("a".repeat(64))]).toEqual([true, false]);
});
