import { afterEach, beforeEach, expect, test } from "vitest";
import { KubeClient } from "../../src/cloud/cluster/kubeClient.ts";
import { DEVICES } from "../../src/cloud/cluster/resourcePath.ts";
import { type Watchable, Watcher } from "../../src/cloud/cluster/watcher.ts";
import type { Logger } from "../../src/shared/kit/logger.ts";
import { plays, type ScriptedKube, startScriptedKube } from "../support/scriptedKube.ts";
import { TestClock } from "../support/testClock.ts";

const object = (name: string, resourceVersion: string): Watchable => ({
  metadata: { namespace: "default", name, resourceVersion },
});
const added = (name: string, version: string) => ({ type: "ADDED", object: object(name, version) });
const bookmark = (resourceVersion: string) => ({ type: "BOOKMARK", object: { metadata: { resourceVersion } } });
const gone = { type: "ERROR", object: { kind: "Status", code: 410, reason: "Expired", message: "too old" } };

let kube: ScriptedKube;
let client: KubeClient;
let clock: TestClock;
let watcher: Watcher<Watchable>;
let errors: string[];
const listening = new AbortController();

beforeEach(async () => {
  kube = await startScriptedKube();
  clock = new TestClock();
  client = new KubeClient({ config: kube.config, clock });
  errors = [];
  const log: Logger = {
    debug: () => {},
    info: () => {},
    warn: () => {},
    error: (message) => errors.push(message),
    child: () => log,
  };
  const counts = { listed: () => {}, watched: () => {}, failed: () => {} };
  watcher = new Watcher({ client, type: DEVICES, clock, random: () => 0.5, log, counts });
});

afterEach(async () => {
  await watcher.stop();
  client.close();
  await kube.stop();
});

/** Turns the clock until the condition holds; real time only for what is on the wire. */
async function until(condition: () => boolean, stepMs = 100): Promise<void> {
  for (let step = 0; step < 2000; step++) {
    if (condition()) return;
    await clock.advance(stepMs);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new Error(`not within ${2000 * stepMs} ms of the test's clock: ${condition}`);
}

const start = async () => {
  const started = watcher.start(new AbortController().signal);
  await until(() => watcher.isSynced);
  await started;
};
const watches = () => kube.requests.filter(({ searchParams }) => searchParams.get("watch") === "true");
const lists = () => kube.requests.filter(({ searchParams }) => searchParams.get("watch") === null);

test("lists in pages and watches from the list's version, with bookmarks and an end", async () => {
  kube.script(
    plays.list([object("a", "1")], "10", "token-1"),
    plays.list([object("b", "2")], "10"),
    plays.watch([added("c", "11")], "stay"),
  );
  await start();
  await until(() => watcher.get("default/c") !== undefined);
  expect([...watcher.list()].map(({ metadata }) => metadata.name)).toEqual(["a", "b", "c"]);
  expect(lists().map(({ search }) => search)).toEqual(["?limit=500", "?limit=500&continue=token-1"]);
  expect(Object.fromEntries(watches()[0]?.searchParams ?? [])).toMatchObject({
    allowWatchBookmarks: "true",
    resourceVersion: "10",
    timeoutSeconds: "53",
  });
});

test("goes on from a bookmark after a reset, without listing again", async () => {
  let reset = () => {};
  const told = new Promise<void>((resolve) => {
    reset = resolve;
  });
  kube.script(
    plays.list([object("a", "1")], "10"),
    plays.watch([added("b", "11"), bookmark("20")], told),
    plays.reset(),
    plays.fail(500),
    plays.watch([added("c", "21")], "stay"),
  );
  await start();
  await until(() => watcher.get("default/b") !== undefined);
  reset();
  await until(() => watcher.get("default/c") !== undefined);
  expect(lists()).toHaveLength(1);
  expect(watches().map(({ searchParams }) => searchParams.get("resourceVersion"))).toEqual(["10", "20", "20", "20"]);
});

test("lists again after 410 and tells what was deleted meanwhile", async () => {
  const told: (readonly [string, boolean])[] = [];
  watcher.onChange((key, now) => told.push([key, now !== undefined]), listening.signal);
  kube.script(
    plays.list([object("a", "1"), object("b", "2")], "10"),
    plays.watch([gone], "close"),
    plays.list([object("b", "2"), object("c", "3")], "30"),
    plays.watch([], "stay"),
  );
  await start();
  await until(() => watcher.get("default/c") !== undefined);
  expect(told).toEqual([
    ["default/a", true],
    ["default/b", true],
    ["default/a", false],
    ["default/c", true],
  ]);
});

test("a storm of clean closes is answered by a few watches a minute", async () => {
  kube.script(plays.list([], "10"), plays.watch([], "close"));
  await start();
  const startedAt = clock.monotonic();
  await until(() => clock.monotonic() - startedAt > 60_000);
  expect(watches().length).toBeGreaterThan(5);
  expect(watches().length).toBeLessThan(20);
});

test("finds a half-open watch, both before and after its headers", async () => {
  kube.script(
    plays.list([], "10"),
    plays.silence(),
    plays.watch([added("a", "11")], "stay"),
    plays.watch([added("b", "12")], "stay"),
  );
  await start();
  const startedAt = clock.monotonic();
  await until(() => watcher.get("default/b") !== undefined, 1000);
  expect(clock.monotonic() - startedAt).toBeLessThan(2 * 65_000 + 10_000);
  expect(lists()).toHaveLength(1);
});

test("waits as long as a 429 asks", async () => {
  kube.script(plays.list([], "10"), plays.fail(429, { "retry-after": "7" }), plays.watch([], "stay"));
  await start();
  await until(() => watches().length === 1);
  const refusedAt = clock.monotonic();
  await until(() => watches().length === 2);
  expect(clock.monotonic() - refusedAt).toBeGreaterThanOrEqual(6900);
});

test("what a handler throws is reported and hurts neither its neighbours nor the watch", async () => {
  const told: string[] = [];
  watcher.onChange(() => {
    throw new Error("broken handler");
  }, listening.signal);
  watcher.onChange((key) => told.push(key), listening.signal);
  kube.script(plays.list([object("a", "1")], "10"), plays.watch([added("b", "11")], "stay"));
  await start();
  await until(() => watcher.get("default/b") !== undefined);
  expect(told).toEqual(["default/a", "default/b"]);
  expect(errors).toHaveLength(2);
});

test("lines that are no JSON and events that are none only cost the watch", async () => {
  kube.script(
    plays.list([], "10"),
    plays.watch(["<html>"], "stay"),
    plays.watch([{ type: "ADDED" }], "stay"),
    plays.watch([added("a", "11")], "stay"),
  );
  await start();
  await until(() => watcher.get("default/a") !== undefined);
  expect(lists()).toHaveLength(1);
});

test("a first list that is refused ends the start with the reason", async () => {
  kube.script(plays.fail(403));
  await expect(watcher.start(new AbortController().signal)).rejects.toMatchObject({ code: "config.refused" });
});
