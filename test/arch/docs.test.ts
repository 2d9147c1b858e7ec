import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { generatedPages } from "../../docs/generator/pages.ts";
import { decode } from "../../src/mappers/modbus/codec.ts";
import { modbusPoint } from "../../src/shared/model/modbusDialect.ts";
import { formatValue, PROPERTY_TYPES } from "../../src/shared/model/value.ts";

const root = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const pages = execFileSync("git", ["ls-files", "*.md"], { cwd: root, encoding: "utf8" }).split("\n").filter(Boolean);

test.each([...generatedPages()])("%s is what `npm run generate` makes", (path, text) => {
  expect(read(path)).toBe(text);
});

/** As GitHub makes them from headings. */
function anchorsOf(page: string): string[] {
  const headings = page.replaceAll(/^```[\s\S]*?^```/gm, "").matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, text = ""]) =>
    text
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
}

test.each(pages)("%s has no link to a page or heading that is not there", (path) => {
  const links = [...read(path).matchAll(/\]\(([^()\s]+)\)/g)].flatMap(([, link = ""]) =>
    /^[a-z]+:/.test(link) ? [] : [link],
  );
  const dead = links.filter((link) => {
    const [file = "", anchor] = link.split("#");
    const target = file === "" ? path : join(dirname(path), file);
    if (!existsSync(join(root, target))) return true;
    return anchor !== undefined && !anchorsOf(read(target)).includes(anchor);
  });
  expect(dead).toEqual([]);
});

/** Rows of the table under "Recipes". */
const recipes = [
  ...read("docs/how-to/modbus.md").matchAll(/^\| ([^|]+) \| `([\da-f ]+)` \| ([A-Z]+) \| `(\{.+\})` \| (\S+) \|$/gm),
];

test("the Modbus page has recipes", () => {
  expect(recipes.length).toBeGreaterThan(10);
});

test.each(
  recipes.map(([, what = "", words = "", type = "", config = "", value = ""]) => ({
    what,
    words,
    type,
    config,
    value,
  })),
)("the recipe for $what reads what its table says", ({ words, type, config, value }) => {
  const propertyType = PROPERTY_TYPES.find((known) => known === type);
  const point = modbusPoint.parse(parse(config));
  const registers = words.split(" ").map((word) => Number.parseInt(word, 16));
  expect(registers).toHaveLength(point.count);
  expect(propertyType && formatValue(decode(registers, point), propertyType)).toBe(value);
});

/** Where the words come from that people see as reasons of conditions, values and states. */
const REASON_SOURCES = [
  "src/cloud/controllers/conditions.ts",
  "src/cloud/controllers/desired.ts",
  "src/cloud/controllers/desiredConditions.ts",
  "src/cloud/controllers/nodeController.ts",
  "src/cloud/controllers/resolve.ts",
  "src/cloud/controllers/statusRecord.ts",
  "src/cloud/cluster/nodeResource.ts",
  "src/edge/deviceTwin/mergeReported.ts",
  "src/edge/deviceTwin/twinRecord.ts",
  "src/edge/mapperHost/mapperHost.ts",
  "src/mappers/modbus/config.ts",
  "src/mappers/modbus/connection.ts",
  "src/mappers/runtime/judge.ts",
  "src/mappers/runtime/lineTable.ts",
  "src/mappers/runtime/readings.ts",
  "src/mappers/runtime/reasons.ts",
  "src/mappers/runtime/servedDevice.ts",
];

test("every reason that the code gives is in docs/reference/resources.md, and every reason there is in the code", () => {
  const page = read("docs/reference/resources.md");
  const words = new Set(
    REASON_SOURCES.flatMap((path) => [...read(path).matchAll(/"([A-Z][a-z][A-Za-z]*)"/g)].map(([, word = ""]) => word)),
  );
  expect([...words].filter((word) => !new RegExp(`\\b${word}\\b`).test(page))).toEqual([]);
  // Reasons stand in code marks in the first two cells of the tables that are written by hand.
  const byHand = page.replaceAll(/<!-- generated[\s\S]*?<!-- end -->/g, "");
  const cells = [...byHand.matchAll(/^\|([^|]*)\|([^|]*)\|/gm)].map(([, first = "", second = ""]) => first + second);
  const shown = cells.flatMap((cell) => [...cell.matchAll(/`([A-Z][A-Za-z]+)`/g)].map(([, word = ""]) => word));
  const code = execFileSync("git", ["ls-files", "src/*.ts", "src/**/*.ts"], { cwd: root, encoding: "utf8" });
  const sources = code.split("\n").filter(Boolean).map(read).join("\n");
  expect(shown.length).toBeGreaterThan(30);
  expect(shown.filter((word) => !new RegExp(`\\b${word}\\b`).test(sources))).toEqual([]);
});
