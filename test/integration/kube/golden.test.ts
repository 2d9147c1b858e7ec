import { afterAll, beforeAll, expect, it } from "vitest";
import { GoldenReplay } from "../../support/goldenReplay.ts";

/** Scenarios that this server does not answer as recorded, each with its reason. */
const DIFFERENT = {
  "http/apply": "server-side apply is not served yet",
  "http/dryrun/writes": "two of its steps are server-side apply",
  "http/strict/patch-put": "two of its steps are server-side apply",
  "http/crud/content-types": "YAML is compared as text, with managedFields; Status in protobuf",
  "http/schema/numbers-exact": "YAML is compared as text, with managedFields; 1e1 and 10 are one number here",
  "http/patch/merge-mistakes": "an error text quotes an object with managedFields",
  "http/patch/strategic-configmap": "an error text is a Go map",
  "http/crud/create-mistakes": "which side of && a CEL error names",
  "http/errors/methods": "Node's parser refuses methods that HTTP does not know with 400",
  "http/discovery/aggregated": "nodes/proxy and serviceaccounts/token are not served, so they are not listed",
};

let golden: GoldenReplay;
beforeAll(async () => {
  golden = await GoldenReplay.start();
});
afterAll(() => golden.stop());

it("answers as the recorded Kubernetes 1.32 did, in every scenario but the listed ones", async () => {
  expect(await golden.play("http", Object.keys(DIFFERENT))).toMatch(/^\d+ passed, 0 failed$/m);
}, 120_000);
