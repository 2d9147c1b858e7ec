import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RunningKube, startKube } from "../../support/kubeServer.ts";
import { RawKube } from "../../support/rawKube.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";
const map = (name: string, data: Record<string, string> = {}) => ({ metadata: { name }, data });
const versionOf = (text: string): string => JSON.parse(text).metadata.resourceVersion;

let dataDir = "";
let kube: RunningKube;
let raw: RawKube;

async function start(options: Parameters<typeof startKube>[0] = {}): Promise<void> {
  kube = await startKube({ dataDir, ...options });
  raw = new RawKube(kube);
}

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "edgeloom-kube-"));
});
afterEach(async () => {
  await kube.stop();
  await rm(dataDir, { recursive: true, force: true });
});

describe("a running API server", () => {
  it("writes a kubeconfig and a database that only their owner can read", async () => {
    await start();
    for (const path of [kube.kubeconfigPath, join(dataDir, "kube.db"), join(dataDir, "kube.db-wal")]) {
      expect((await stat(path)).mode & 0o777, path).toBe(0o600);
    }
  });

  it("keeps objects, revisions, token and CA over a restart, so that a watch goes on where it stopped", async () => {
    await start();
    const before = raw;
    const first = await raw.call("POST", MAPS, { body: map("a") });
    await raw.call("POST", MAPS, { body: map("b") });
    const url = new URL(kube.url);
    await kube.stop({ keep: true });
    await start({ port: Number(url.port) });
    const watch = await before.watch(`${MAPS}?watch=1&resourceVersion=${versionOf(first.text)}`);
    await watch.until(1);
    expect(watch.events.map(({ type, object }) => `${type} ${(object["metadata"] as { name: string }).name}`)).toEqual([
      "ADDED b",
    ]);
    watch.close();
  });

  it("refuses to run twice on one directory, and says so", async () => {
    await start();
    await expect(startKube({ dataDir })).rejects.toMatchObject({
      code: "config.dataDir",
      message: expect.stringContaining("in use by another process"),
    });
  });

  it("refuses a damaged store with the way out", async () => {
    await start();
    await kube.stop({ keep: true });
    await writeFile(join(dataDir, "kube.db"), "no database".repeat(1000));
    await rm(join(dataDir, "kube.db-wal"), { force: true });
    await expect(startKube({ dataDir })).rejects.toMatchObject({ code: "config.corruptStore" });
  });

  it("stops in order while watches are open", async () => {
    await start();
    const watch = await raw.watch(`${MAPS}?watch=1`);
    await kube.stop({ keep: true });
    await watch.ended;
  });

  it("tells a resourceVersion of an earlier store that it is too old, not too large", async () => {
    await start();
    const { text } = await raw.call("POST", MAPS, { body: map("a") });
    await kube.stop();
    dataDir = await mkdtemp(join(tmpdir(), "edgeloom-kube-"));
    await start();
    const watch = await raw.watch(`${MAPS}?watch=1&resourceVersion=${versionOf(text)}`);
    await watch.until(1);
    expect(watch.events[0]).toMatchObject({ type: "ERROR", object: { code: 410, reason: "Expired" } });
    await watch.ended;
  });

  it("answers 410 to a watch from before the history it keeps, and goes on for one within it", async () => {
    await start({ history: { maxEvents: 100, maxBytes: 1_048_576 } });
    const first = await raw.call("POST", MAPS, { body: map("a") });
    let last = first.text;
    for (let turn = 0; turn < 110; turn++) {
      last = (await raw.call("PUT", `${MAPS}/a`, { body: map("a", { turn: `${turn}` }) })).text;
    }
    const old = await raw.watch(`${MAPS}?watch=1&resourceVersion=${versionOf(first.text)}`);
    await old.until(1);
    expect(old.events[0]).toMatchObject({ type: "ERROR", object: { code: 410 } });
    const recent = await raw.watch(`${MAPS}?watch=1&resourceVersion=${Number(versionOf(last)) - 2}`);
    await recent.until(2);
    expect(recent.events.map(({ type }) => type)).toEqual(["MODIFIED", "MODIFIED"]);
    recent.close();
  });

  it("cuts off a reader that does not read, and nobody else", async () => {
    await start({ watch: { maxBacklogBytes: 65_536, bookmarkEveryMs: 60_000 } });
    const slow = await raw.watch(`${MAPS}?watch=1`);
    const quick = await raw.watch(`${MAPS}?watch=1`);
    slow.response.pause();
    await raw.call("POST", MAPS, { body: map("a") });
    const turns = 60;
    for (let turn = 0; turn < turns; turn++) {
      await raw.call("PUT", `${MAPS}/a`, { body: map("a", { turn: `${turn}`, pad: "x".repeat(500_000) }) });
    }
    await quick.until(turns + 1);
    quick.close();
    slow.response.resume();
    await slow.ended;
    // Some megabytes were in the buffers of the sockets; the rest it never got.
    expect(slow.events.length).toBeLessThan(turns);
  });

  it("begins a watch with all that is there, however much that is", async () => {
    await start({ watch: { maxBacklogBytes: 65_536, bookmarkEveryMs: 60_000 } });
    const names = Array.from({ length: 40 }, (_, index) => `m${index}`);
    for (const name of names) await raw.call("POST", MAPS, { body: map(name, { pad: "x".repeat(500_000) }) });
    const watch = await raw.watch(`${MAPS}?watch=1`);
    await watch.until(names.length);
    await raw.call("POST", MAPS, { body: map("later") });
    await watch.until(names.length + 1);
    watch.close();
  });

  it("reads a long list at one revision although others write meanwhile", async () => {
    await start();
    const names = Array.from({ length: 1200 }, (_, index) => `m${String(index).padStart(4, "0")}`);
    await Promise.all(names.map((name) => raw.call("POST", MAPS, { body: map(name) })));
    const listing = raw.call("GET", MAPS);
    const removing = raw.call("DELETE", `${MAPS}/m1199`);
    const { items, metadata } = JSON.parse((await listing).text);
    await removing;
    const seen = items.map((item: { metadata: { name: string } }) => item.metadata.name);
    const gone = Number(versionOf((await raw.call("GET", MAPS)).text)) > Number(metadata.resourceVersion);
    expect(seen).toEqual(gone ? names : names.slice(0, -1));
  });

  it("knows callers by their token alone", async () => {
    await start();
    const none = await raw.call("GET", MAPS, { headers: { authorization: "" } });
    const wrong = await raw.call("GET", MAPS, { headers: { authorization: "Bearer wrong" } });
    const open = await raw.call("GET", "/readyz", { headers: { authorization: "" } });
    expect([none.status, wrong.status, open.status]).toEqual([403, 401, 200]);
  });
});
