import { afterAll, beforeAll, expect, it } from "vitest";
import { GoldenReplay } from "../support/goldenReplay.ts";

/** Scenarios in which kubectl prints something else than it did then, each with its reason. */
const DIFFERENT = {
  "kubectl/apply/server-side": "server-side apply is not served yet",
  "kubectl/apply/configmap": "ends with a server-side apply",
};

let golden: GoldenReplay;
beforeAll(async () => {
  golden = await GoldenReplay.start();
});
afterAll(() => golden.stop());

it("makes kubectl print what it printed against Kubernetes 1.32", async () => {
  expect(await golden.play("kubectl", Object.keys(DIFFERENT))).toMatch(/^\d+ passed, 0 failed$/m);
}, 120_000);
