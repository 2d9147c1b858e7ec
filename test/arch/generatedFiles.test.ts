import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { generatedFiles } from "../../src/generatedFiles.ts";

const root = new URL("../../", import.meta.url);

test.each([...generatedFiles()])("%s is what `npm run generate` makes", (path, text) => {
  expect(readFileSync(new URL(path, root), "utf8")).toBe(text);
});

test("the folder of the CRDs holds nothing else", () => {
  const found = readdirSync(new URL("charts/edgeloom/crds", root)).map((name) => `charts/edgeloom/crds/${name}`);
  const made = [...generatedFiles().keys()].filter((path) => path.startsWith("charts/edgeloom/crds/"));
  expect(new Set(found)).toEqual(new Set(made));
});
