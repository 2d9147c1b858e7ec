import { readFileSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { expect, test } from "vitest";
import { generateComponents } from "../../../support/kubeComponents.ts";

const root = path.resolve(import.meta.dirname, "../../../..");
const file = path.join(root, "src/kube/builtins/components.json");

/** UPDATE_COMPONENTS=1 writes the file anew, after an update of @kubernetes/client-node; `npm run fix` formats it. */
test("components.json is what the generator makes of the installed client models", async () => {
  const components = await generateComponents(path.join(root, "node_modules/@kubernetes/client-node/dist/gen/models"));
  if (process.env["UPDATE_COMPONENTS"] === "1") {
    writeFileSync(file, JSON.stringify(components));
  }
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(components);
});
