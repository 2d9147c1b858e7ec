import { writeFileSync } from "node:fs";
import * as path from "node:path";
import { generateComponents } from "./kubeComponents.ts";

// Run with `npx tsx test/support/writeKubeComponents.ts`, then `npm run fix`, after an update of @kubernetes/client-node.
const root = path.resolve(import.meta.dirname, "../..");
const components = await generateComponents(path.join(root, "node_modules/@kubernetes/client-node/dist/gen/models"));
writeFileSync(path.join(root, "src/kube/builtins/components.json"), JSON.stringify(components));
