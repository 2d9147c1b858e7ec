import { readFileSync } from "node:fs";
import * as path from "node:path";
import { expect, test } from "vitest";
import { generateComponents } from "../../../support/kubeComponents.ts";

const root = path.resolve(import.meta.dirname, "../../../..");

test("components.json is what the generator makes of the installed client models", async () => {
  const components = await generateComponents(path.join(root, "node_modules/@kubernetes/client-node/dist/gen/models"));
  const file = readFileSync(path.join(root, "src/kube/builtins/components.json"), "utf8");
  expect(JSON.parse(file)).toEqual(components);
});
