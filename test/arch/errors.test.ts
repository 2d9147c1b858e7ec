import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { FAULTS } from "../../src/shared/kit/fault.ts";

test("docs/errors.md lists every fault code with its meaning, and no other", () => {
  const page = readFileSync(new URL("../../docs/errors.md", import.meta.url), "utf8");
  const rows = [...page.matchAll(/^\| `([a-z]+\.[A-Za-z]+)` \| ([^|]+) \|/gm)].map(([, code, meaning]) => [
    code,
    meaning?.trim(),
  ]);
  expect(Object.fromEntries(rows)).toEqual(FAULTS);
});
