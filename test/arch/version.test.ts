import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

test("package.json, its lockfile and the chart agree on the version", () => {
  const { version } = JSON.parse(read("package.json")) as { version: string };
  expect((JSON.parse(read("package-lock.json")) as { version: string }).version).toBe(version);
  const chart = "charts/edgeloom/Chart.yaml";
  if (existsSync(new URL(`../../${chart}`, import.meta.url))) {
    expect(parse(read(chart))).toMatchObject({ version, appVersion: version });
  }
});

test("the changelog has a place for what comes next", () => {
  expect(read("CHANGELOG.md")).toContain("## Unreleased");
});
