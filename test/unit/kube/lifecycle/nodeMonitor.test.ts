import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type JsonObject, listAt, textAt } from "../../../../src/kube/json.ts";
import { EventExpiry } from "../../../../src/kube/lifecycle/eventExpiry.ts";
import { NodeMonitor } from "../../../../src/kube/lifecycle/nodeMonitor.ts";
import { conditionOf } from "../../../../src/kube/registry/conditions.ts";
import { ObjectRemover } from "../../../../src/kube/registry/objectRemover.ts";
import { ObjectStore } from "../../../../src/kube/store/objectStore.ts";
import { TestClock } from "../../../support/testClock.ts";

let dataDir = "";
let clock: TestClock;
let store: ObjectStore;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "edgeloom-nodes-"));
  clock = new TestClock();
  const onFatal = (fault: Error) => {
    throw fault;
  };
  store = new ObjectStore({ dataDir, ring: { maxEvents: 1000, maxBytes: 1e6 }, now: clock.now, onFatal });
});
afterEach(() => {
  store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const NODE = { collection: "nodes", namespace: "", name: "edge-1" };
const LEASE = { collection: "leases.coordination.k8s.io", namespace: "kube-node-lease", name: "edge-1" };

function putNode(status: string | undefined, taints: JsonObject[] = []): void {
  const conditions =
    status === undefined ? [] : [{ type: "Ready", status, lastTransitionTime: "2025-01-01T00:00:00Z" }];
  store.put(NODE, { kind: "Node", metadata: { name: "edge-1" }, spec: { taints }, status: { conditions } });
}

const renew = (renewTime: string) => store.put(LEASE, { metadata: { name: "edge-1" }, spec: { renewTime } });

const ready = () => conditionOf(store.get(NODE)?.object ?? {}, "Ready");

const taintKeys = () => (listAt(store.get(NODE)?.object["spec"], "taints") ?? []).map((taint) => textAt(taint, "key"));

describe("NodeMonitor", () => {
  const monitor = () => {
    const remover = new ObjectRemover({ store, now: clock.now });
    return new NodeMonitor({ store, remover, graceMs: 40_000, now: clock.now, monotonic: clock.monotonic });
  };

  it("marks a node Unknown once its Lease was not renewed for longer than the grace time", async () => {
    const nodes = monitor();
    putNode("True");
    renew("2026-01-01T00:00:00.000000Z");
    nodes.check();
    await clock.advance(40_000);
    nodes.check();
    expect(ready()).toMatchObject({ status: "True" });
    await clock.advance(1);
    nodes.check();
    expect(ready()).toMatchObject({
      status: "Unknown",
      reason: "NodeStatusUnknown",
      lastTransitionTime: "2026-01-01T00:00:40Z",
    });
  });

  it("counts from when it saw the Lease change, whatever time the node writes into it", async () => {
    const nodes = monitor();
    putNode("True");
    for (let turn = 0; turn < 5; turn++) {
      renew(`1999-01-01T00:00:0${turn}.000000Z`);
      nodes.check();
      await clock.advance(30_000);
    }
    nodes.check();
    expect(ready()).toMatchObject({ status: "True" });
  });

  it("leaves a node alone that never said whether it is ready", async () => {
    const nodes = monitor();
    putNode(undefined);
    const { revision } = store;
    nodes.check();
    await clock.advance(100_000);
    nodes.check();
    expect(store.revision).toBe(revision);
  });

  it("keeps the taints that follow from Ready, and those of others", () => {
    const nodes = monitor();
    const other = { key: "edgeloom.io/no-kubelet", effect: "NoSchedule" };
    putNode("True", [{ key: "node.kubernetes.io/not-ready", effect: "NoSchedule" }, other]);
    nodes.check();
    expect(taintKeys()).toEqual(["edgeloom.io/no-kubelet"]);
    putNode("Unknown", [other]);
    nodes.check();
    expect(taintKeys()).toEqual(["edgeloom.io/no-kubelet", "node.kubernetes.io/unreachable"]);
  });
});

describe("EventExpiry", () => {
  const event = (name: string) => ({ collection: "events", namespace: "default", name });

  it("removes events an hour after they were last written", async () => {
    const expiry = new EventExpiry({ store, ttlMs: 3_600_000, now: clock.now });
    const stop = new AbortController();
    expiry.start(stop.signal);
    store.put(event("old"), { metadata: { name: "old" } });
    store.put(event("repeated"), { metadata: { name: "repeated" } });
    await store.settled();
    await clock.advance(3_000_000);
    store.put(event("repeated"), { metadata: { name: "repeated" }, count: 2 });
    await store.settled();
    await clock.advance(600_000);
    expiry.sweep();
    stop.abort();
    expect([...store.entries("events")].map(({ name }) => name)).toEqual(["repeated"]);
  });
});
