import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { cruise } from "dependency-cruiser";
import extractTSConfig from "dependency-cruiser/config-utl/extract-ts-config";
import { expect, test } from "vitest";

interface Summary {
  readonly totalCruised: number;
  readonly violations: readonly {
    readonly rule: { readonly name: string };
    readonly from: string;
    readonly to: string;
  }[];
}
interface Cruised {
  readonly summary: Summary;
  readonly modules: readonly { readonly source: string }[];
}

const config = createRequire(import.meta.url)("../../.dependency-cruiser.cjs");

async function cruiseSources(baseDir: string): Promise<Cruised> {
  const { output } = await cruise(
    ["src"],
    { ruleSet: config, ...config.options, validate: true, baseDir },
    {},
    { tsConfig: extractTSConfig("tsconfig.json") },
  );
  return output as Cruised;
}

test("imports follow the house rules, and the cruiser read every module", async () => {
  const { summary, modules } = await cruiseSources(process.cwd());
  const tracked = execFileSync("git", ["ls-files", "src/**/*.ts", "src/*.ts"], { encoding: "utf8" })
    .split("\n")
    .filter(Boolean);
  // A cruiser that cannot read TypeScript sees nothing, finds nothing, and reports success.
  const read = new Set(modules.map(({ source }) => source));
  expect(tracked.filter((path) => !read.has(path))).toEqual([]);
  expect(summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`)).toEqual([]);
}, 60_000);

test("planted violations are caught", async () => {
  const { summary } = await cruiseSources(fileURLToPath(new URL("planted", import.meta.url)));
  expect(new Set(summary.violations.map(({ rule }) => rule.name))).toEqual(
    new Set([
      "kit-knows-no-domain",
      "sides-meet-only-on-the-wire",
      "modules-meet-in-main",
      "protocols-see-only-the-driver-contract",
      "aedes-only-in-_src_edge_broker_",
    ]),
  );
}, 60_000);
