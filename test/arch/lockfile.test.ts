import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

interface Lockfile {
  readonly packages: Readonly<Record<string, { readonly optionalDependencies?: Readonly<Record<string, string>> }>>;
}

test("the lockfile names the packages of every platform: npm ci refuses one that does not", () => {
  const text = readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8");
  const { packages } = JSON.parse(text) as Lockfile;
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !(`${path}/node_modules/${name}` in packages || `node_modules/${name}` in packages))
      .map((name) => `${name}, of ${path}`),
  );
  expect(missing).toEqual([]);
});

test("the lockfile names no registry, so that each machine uses its own", () => {
  const text = readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8");
  expect(text).not.toContain('"resolved": "http');
});
