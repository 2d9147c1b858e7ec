import { afterAll, beforeAll } from "vitest";
import { customResourceSuite } from "../../support/customResourceSuite.ts";
import { apiOf } from "../../support/kubeApi.ts";
import { type RunningKube, startKube } from "../../support/kubeServer.ts";

let kube: RunningKube;
beforeAll(async () => {
  kube = await startKube();
});
afterAll(() => kube.stop());

customResourceSuite("the embedded API", () => apiOf(kube.kubeconfigPath));
