import { afterEach, beforeEach, expect, test } from "vitest";
import { cloudConfig } from "../../src/cloud/config.ts";
import { run } from "../../src/cloud/main.ts";
import type { Logger } from "../../src/shared/kit/logger.ts";
import { type RunningKube, startKube } from "../support/kubeServer.ts";

const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, child: () => silent };

let kube: RunningKube;
let stop: AbortController;
let ended: Promise<void>;

beforeEach(async () => {
  kube = await startKube();
  stop = new AbortController();
  ended = Promise.resolve();
});
afterEach(async () => {
  stop.abort();
  await ended.catch(() => {}); // what it ended with is the test's business
  await kube.stop();
});

const configOf = (over: Record<string, unknown>) =>
  cloudConfig.parse({
    kubeconfig: kube.kubeconfigPath,
    hub: { host: "127.0.0.1", port: 0 },
    enrol: { host: "127.0.0.1", port: 0 },
    metrics: { port: 0 },
    ...over,
  });

test("a cloud says where it serves, is ready by then, counts, and stops when asked", async () => {
  const facts = await new Promise<Readonly<Record<string, unknown>>>((onReady, reject) => {
    ended = run(configOf({ installCrds: true }), { log: silent, signal: stop.signal, onReady });
    ended.catch(reject);
  });
  expect(facts).toEqual({
    hubUrl: expect.stringMatching(/^wss:\/\/127\.0\.0\.1:\d+$/),
    enrolUrl: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+$/),
    metricsUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
  });
  const ready = await fetch(`${facts["metricsUrl"]}/readyz`);
  expect([ready.status, await ready.text()]).toEqual([200, "ok\n"]);
  const metrics = await (await fetch(`${facts["metricsUrl"]}/metrics`)).text();
  expect(metrics).toContain('edgeloom_cloud_watch_requests_total{resource="devices",kind="list"} 1');
  expect(metrics).toContain("edgeloom_hub_sessions 0");
  stop.abort();
  await ended;
});

test("an API server without our definitions is a clear fault, not a wait", async () => {
  ended = run(configOf({}), { log: silent, signal: stop.signal, onReady: () => {} });
  await expect(ended).rejects.toMatchObject({
    code: "config.missing",
    message: expect.stringMatching(/does not serve devices, devicemodels, devicestatuses .* --install-crds/),
  });
});

test("a cloud that is asked to stop before the API server answers, stops", async () => {
  const { kubeconfigPath } = kube;
  await kube.stop({ keep: true });
  ended = run(configOf({ kubeconfig: kubeconfigPath }), { log: silent, signal: stop.signal, onReady: () => {} });
  setImmediate(() => stop.abort());
  await ended;
  kube = await startKube({ dataDir: kube.dataDir });
});
