import { afterAll, beforeAll, expect, it } from "vitest";
import { KubeClient } from "../../src/cloud/cluster/kubeClient.ts";
import { loadKubeconfig } from "../../src/cloud/cluster/kubeconfig.ts";
import { SecretStore } from "../../src/cloud/cluster/secretResource.ts";
import { tokenCreate } from "../../src/cloud/commands/token.ts";
import { Authority } from "../../src/cloud/enrolment/authority.ts";
import { readToken } from "../../src/cloud/enrolment/joinToken.ts";
import { certificateDer, fingerprint } from "../../src/shared/kit/pem.ts";
import { systemClock } from "../../src/shared/kit/time.ts";
import { parseToken } from "../../src/shared/wire/enrolment.ts";
import { type RunningKube, startKube } from "../support/kubeServer.ts";
import { QUIET } from "../support/linkRig.ts";

let kube: RunningKube;
beforeAll(async () => {
  kube = await startKube();
});
afterAll(() => kube.stop());

it("a token names the CA that clouds keep in the cluster, and there is none before the first", async () => {
  const request = { kubeconfig: kube.kubeconfigPath, ttlMs: 60_000, node: "edge-7", uses: 3 };
  await expect(tokenCreate(request)).rejects.toMatchObject({ code: "config.missing" });

  const client = new KubeClient({ config: loadKubeconfig({ kubeconfig: kube.kubeconfigPath }), clock: systemClock });
  const { signal } = new AbortController();
  const clouds = [1, 2, 3].map(() => {
    const secrets = new SecretStore({ client, namespace: "edgeloom", signal });
    return new Authority({ secrets, names: ["127.0.0.1"], clock: systemClock, log: QUIET });
  });
  await Promise.all(clouds.map((cloud) => cloud.start()));
  expect(new Set(clouds.map(({ ca }) => ca.key)).size).toBe(1);

  const { token, id, expiresAt } = await tokenCreate(request);
  const { caFingerprint, jwt } = parseToken(token);
  expect(caFingerprint).toBe(fingerprint(certificateDer(clouds[0]?.ca.certificate ?? "")));
  const claims = readToken(jwt, clouds[1]?.tokenKey ?? Buffer.alloc(0));
  expect(claims).toMatchObject({ jti: id, node: "edge-7", uses: 3 });
  expect(new Date((claims?.exp ?? 0) * 1000).toISOString()).toBe(expiresAt);
  await Promise.all(clouds.map((cloud) => cloud.stop()));
  client.close();
});
