import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keyOf, type StoreEvent } from "../../../../src/kube/store/entry.ts";
import { ObjectStore } from "../../../../src/kube/store/objectStore.ts";

const START = 1_000;
let dataDir = "";
const opened: ObjectStore[] = [];

function open({ maxEvents = 1000, maxBytes = 1e6 } = {}): ObjectStore {
  const store = new ObjectStore({
    dataDir,
    ring: { maxEvents, maxBytes },
    now: () => START,
    onFatal: (fault) => {
      throw fault;
    },
  });
  opened.push(store);
  return store;
}

function close(store: ObjectStore): void {
  store.close();
  opened.splice(opened.indexOf(store), 1);
}

const at = (name: string, namespace = "n") => ({ collection: "widgets.x", namespace, name });
const widget = (name: string, color: string) => ({ kind: "Widget", metadata: { name, namespace: "n" }, color });
const names = (entries: Iterable<{ readonly name: string }>) => [...entries].map(({ name }) => name);
const shown = ({ kind, revision, entry }: StoreEvent) => `${kind} ${entry.name} ${revision - START}`;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "edgeloom-store-"));
});
afterEach(() => {
  for (const store of opened.splice(0)) store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

describe("ObjectStore", () => {
  it("gives every write the next revision and puts it into the object", () => {
    const store = open();
    const first = store.put(at("a"), widget("a", "red"));
    const second = store.put(at("a"), widget("a", "blue"));
    expect([first.revision, second.revision]).toEqual([START + 1, START + 2]);
    expect(store.get(at("a"))?.object).toMatchObject({ color: "blue", metadata: { resourceVersion: `${START + 2}` } });
    expect(store.get(at("a"))?.text).toBe(JSON.stringify(store.get(at("a"))?.object));
  });

  it("lists in the order of etcd keys and by namespace", () => {
    const store = open();
    store.put(at("b", "a"), widget("b", "red"));
    store.put(at("a", "a-b"), widget("a", "red"));
    store.put(at("a", "a"), widget("a", "red"));
    const keys = [...store.entries("widgets.x")].map(({ namespace, name }) => keyOf(namespace, name));
    expect(keys).toEqual(["a-b/a", "a/a", "a/b"]);
    expect(names(store.entries("widgets.x", { namespace: "a" }))).toEqual(["a", "b"]);
    expect(names(store.entries("widgets.x", { namespace: "a", after: "a/a" }))).toEqual(["b"]);
  });

  it("tells events after the commit, with the state before", async () => {
    const store = open();
    const seen: string[] = [];
    const colors: unknown[] = [];
    store.subscribe((event) => {
      seen.push(shown(event));
      colors.push(event.previous?.object["color"]);
    }, new AbortController().signal);
    store.put(at("a"), widget("a", "red"));
    store.put(at("a"), widget("a", "blue"));
    store.delete(at("a"));
    expect(seen).toEqual([]);
    expect(store.isPending()).toBe(true);
    await store.settled();
    expect(seen).toEqual(["added a 1", "modified a 2", "deleted a 3"]);
    expect(colors).toEqual([undefined, "red", "blue"]);
    expect(store.isPending()).toBe(false);
  });

  it("reads pages as they were at a revision, after objects changed and went", async () => {
    const store = open();
    for (const name of ["a", "b", "c"]) store.put(at(name), widget(name, "red"));
    await store.settled();
    const revision = store.revision;
    store.put(at("b"), widget("b", "blue"));
    store.delete(at("c"));
    store.put(at("a1"), widget("a1", "red"));
    await store.settled();
    const page = store.pageAt("widgets.x", revision, { namespace: "n", after: "n/a", limit: 1 });
    expect(page.entries.map(({ object }) => object["color"])).toEqual(["red"]);
    expect(page.more).toBe(true);
    expect(names(store.pageAt("widgets.x", revision, { limit: 10 }).entries)).toEqual(["a", "b", "c"]);
    expect(names(store.pageAt("widgets.x", store.revision, { limit: 10 }).entries)).toEqual(["a", "a1", "b"]);
  });

  it("keeps objects, revisions and events over a restart", async () => {
    const before = open();
    before.put(at("a"), widget("a", "red"));
    before.put(at("b"), widget("b", "red"));
    before.delete(at("a"));
    await before.settled();
    close(before);
    const store = open();
    expect(store.revision).toBe(START + 3);
    expect(names(store.entries("widgets.x"))).toEqual(["b"]);
    expect([...store.eventsAfter(START + 1)].map(shown)).toEqual(["added b 2", "deleted a 3"]);
    expect(store.put(at("c"), widget("c", "red")).revision).toBe(START + 4);
  });

  it("forgets history beyond the ring, in the log as well, and never the objects", async () => {
    const before = open({ maxEvents: 5 });
    before.put(at("quiet"), widget("quiet", "red"));
    for (let turn = 0; turn < 100; turn++) {
      before.put(at("busy"), widget("busy", `${turn}`));
      await before.settled();
    }
    expect(before.oldestRevision).toBe(START + 96);
    expect([...before.eventsAfter(before.oldestRevision)]).toHaveLength(5);
    close(before);
    const store = open({ maxEvents: 1000 });
    expect(names(store.entries("widgets.x"))).toEqual(["busy", "quiet"]);
    expect(store.oldestRevision).toBeGreaterThan(START + 90);
    expect(store.get(at("busy"))?.object["color"]).toBe("99");
  });

  it("bounds the ring by bytes as well", async () => {
    const store = open({ maxBytes: 2000 });
    for (let turn = 0; turn < 50; turn++) store.put(at("a"), widget("a", "x".repeat(300)));
    await store.settled();
    expect([...store.eventsAfter(store.oldestRevision)].length).toBeLessThan(5);
  });

  it("refuses a second process on the same directory", () => {
    open();
    expect(() => open()).toThrow(/in use by another process/);
  });

  it("refuses a damaged file and says what to do", () => {
    writeFileSync(join(dataDir, "kube.db"), "this is no database, whatever its name may promise");
    expect(() => open()).toThrow(/is damaged .*restore a backup/);
  });

  it("says in one line what is damaged inside", async () => {
    const before = open();
    for (let turn = 0; turn < 50; turn++) before.put(at(`w${turn}`), widget(`w${turn}`, "x".repeat(300)));
    await before.settled();
    close(before);
    const file = join(dataDir, "kube.db");
    const bytes = readFileSync(file);
    writeFileSync(file, Buffer.concat([bytes.subarray(0, 4100), Buffer.alloc(3000, 7), bytes.subarray(7100)]));
    expect(() => open()).toThrow(/^[^\n]* is damaged [^\n]*restore a backup[^\n]*$/);
  });

  it("keeps integers beyond 2^53", async () => {
    const before = open();
    before.put(at("a"), { ...widget("a", "red"), big: 9007199254740993n });
    await before.settled();
    close(before);
    expect(open().get(at("a"))?.object["big"]).toBe(9007199254740993n);
  });
});
