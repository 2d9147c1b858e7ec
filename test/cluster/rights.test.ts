import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { pathOf, type ResourceType } from "../../src/cloud/cluster/resourcePath.ts";
import { tokenCreate } from "../../src/cloud/commands/token.ts";
import { cloudConfig } from "../../src/cloud/config.ts";
import { run } from "../../src/cloud/main.ts";
import { join as joinNode } from "../../src/edge/commands/join.ts";
import type { Logger } from "../../src/shared/kit/logger.ts";
import { CUSTOM_RESOURCE_DEFINITIONS } from "../../src/shared/model/crds.ts";
import { type ApiAnswer, callApi, untilApi } from "../support/kubeApi.ts";
import { device, model } from "../support/pumpDevice.ts";
import { hasClusterPrograms, RealCluster } from "../support/realCluster.ts";
import { RunningEdge } from "../support/runningEdge.ts";

const isMissing = !hasClusterPrograms() && process.env["CI"] !== "true";
const NODE = "edge-1";

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** Enough of the API's grammar for what is applied here. */
function collectionOf({ apiVersion, kind, metadata: { namespace } }: Manifest): string {
  const [group = "", version = ""] = apiVersion.includes("/") ? apiVersion.split("/") : ["", apiVersion];
  const type: ResourceType = { group, version, plural: `${kind.toLowerCase()}s` };
  return pathOf(type, { namespace });
}

const rights = parseAllDocuments(
  readFileSync(new URL("../../charts/edgeloom/rights.yaml", import.meta.url), "utf8"),
).map((document) => document.toJS() as Manifest);

if (isMissing) test.skip("no kube-apiserver here: .ci/build-kubernetes.sh builds it", () => {});

describe.runIf(!isMissing)("the cloud with the rights of charts/edgeloom/rights.yaml", () => {
  const cluster = new RealCluster();
  const dir = mkdtempSync(join(tmpdir(), "edgeloom-rights-"));
  const kubeconfig = join(dir, "kubeconfig");
  const stop = new AbortController();
  const problems: unknown[] = [];
  const problem = (msg: string, fields?: object) => void problems.push({ msg, ...fields });
  const log: Logger = { debug: problem, info: () => {}, warn: problem, error: problem, child: () => log };
  let ended: Promise<void> = Promise.resolve();
  let edge: RunningEdge | undefined;

  const apply = async (...manifests: readonly Manifest[]) => {
    for (const body of manifests) {
      const { status } = await callApi(cluster.api, "POST", collectionOf(body), { body });
      expect([body.kind, status]).toEqual([body.kind, 201]);
    }
  };

  beforeAll(async () => {
    await cluster.start();
    await apply(...(CUSTOM_RESOURCE_DEFINITIONS as readonly unknown[] as readonly Manifest[]), ...rights);
    await untilApi(cluster.api, "/apis/devices.kubeedge.io/v1beta1/devicestatuses");
    const path = "/api/v1/namespaces/edgeloom/serviceaccounts/edgeloom-cloud/token";
    const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} };
    const answer = await callApi(cluster.api, "POST", path, { body });
    const { token } = answer.body["status"] as { token: string };
    const admin = readFileSync(cluster.kubeconfig, "utf8");
    writeFileSync(kubeconfig, admin.replace(cluster.api.token, token), { mode: 0o600 });
  }, 90_000);
  afterAll(async () => {
    await edge?.stop();
    stop.abort();
    await ended;
    await cluster.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  test("enrols an edge, keeps its Node and Lease, and writes what its devices are", async () => {
    const listening = { host: "127.0.0.1", port: 0 };
    const config = cloudConfig.parse({ kubeconfig, hub: listening, enrol: listening, metrics: { port: 0 } });
    const { enrolUrl, hubUrl } = await new Promise<{ enrolUrl: string; hubUrl: string }>((onReady, reject) => {
      ended = run(config, { log, signal: stop.signal, onReady });
      ended.catch(reject);
    });
    const { token } = await tokenCreate({ kubeconfig, ttlMs: 60_000, uses: 1 });
    const root = join(dir, NODE);
    const server = new URL(enrolUrl).host;
    await joinNode({ server, token, name: NODE, root, progress: () => {}, signal: stop.signal });
    const pki = (name: string) => join(root, "pki", name);
    const hub = { url: hubUrl, ca: pki("ca.crt"), certificate: pki("edge.crt"), key: pki("edge.key") };
    edge = await RunningEdge.start(join(root, "data"), { node: NODE, hub });
    await apply(inDefault(model), inDefault(device));

    const { api } = cluster;
    const devices = "/apis/devices.kubeedge.io/v1beta1/namespaces/default";
    await untilApi(api, `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${NODE}`);
    await untilApi(api, `/api/v1/nodes/${NODE}`, reads("EdgeConnected"));
    await untilApi(api, `${devices}/devices/pump`, reads('"type":"Assigned"'));
    await untilApi(api, `${devices}/devicestatuses/pump`, reads('"state"'));
    await untilApi(api, "/api/v1/namespaces/default/events", reads("Node edge-1 has the device"));
    // Created again: what the first one left is replaced.
    await callApi(api, "DELETE", `${devices}/devices/pump`);
    const before = (await callApi(api, "GET", `${devices}/devicestatuses/pump`)).body;
    await apply(inDefault(device));
    const { uid } = before["metadata"] as { uid: string };
    await untilApi(api, `${devices}/devicestatuses/pump`, {
      isDone: ({ body }) => !JSON.stringify(body).includes(uid),
    });
    expect(problems.filter((each) => JSON.stringify(each).includes("forbidden"))).toEqual([]);
  });
});

const inDefault = (manifest: Manifest): Manifest => ({
  ...manifest,
  metadata: { ...manifest.metadata, namespace: "default" },
});
const reads = (text: string) => ({ isDone: ({ body }: ApiAnswer) => JSON.stringify(body).includes(text) });
