import { afterEach, beforeEach, expect, test } from "vitest";
import { StatusController } from "../../../../src/cloud/controllers/statusController.ts";
import type { WrittenStatus } from "../../../../src/cloud/controllers/writtenStatus.ts";
import type { CloudEvents } from "../../../../src/cloud/events.ts";
import { Bus } from "../../../../src/shared/kit/bus.ts";
import { Fault } from "../../../../src/shared/kit/fault.ts";
import type { Logger } from "../../../../src/shared/kit/logger.ts";
import type { DeviceKey } from "../../../../src/shared/model/device.ts";
import type { DeviceStatusReport } from "../../../../src/shared/wire/syncFrames.ts";
import { TestClock } from "../../../support/testClock.ts";

const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, child: () => silent };

interface Write {
  readonly key: DeviceKey;
  readonly at: number;
  readonly summary: string | undefined;
}

let clock: TestClock;
let bus: Bus<CloudEvents>;
let writes: Write[];
let failure: Error | undefined;
let uids: Map<DeviceKey, string>;
let statuses: StatusController;

/** As the API would have it: an object per device, which a write makes or replaces. */
const written = new Map<DeviceKey, WrittenStatus>();

beforeEach(async () => {
  clock = new TestClock();
  bus = new Bus(() => {});
  writes = [];
  failure = undefined;
  uids = new Map();
  written.clear();
  statuses = makeStatuses(200);
  await statuses.start();
});
afterEach(async () => await statuses.stop());

function makeStatuses(perSecond: number): StatusController {
  return new StatusController({
    writer: {
      async write({ key }, { status }) {
        writes.push({ key, at: clock.monotonic(), summary: status.summary });
        if (failure) throw failure;
        written.set(key, { uid: `status-${key}`, status });
        return { uid: `status-${key}`, status };
      },
    },
    deviceUid: (key) => uids.get(key),
    find: (key) => written.get(key),
    keysOf: () => uids.keys(),
    limits: { perDevicePerSecond: 1, perSecond },
    bus,
    clock,
    random: () => 0,
    log: silent,
    counts: { written: () => {}, failed: () => {} },
  });
}

function adopt(key: DeviceKey) {
  uids.set(key, `uid-${key}`);
  statuses.adopt(key, { uid: `uid-${key}`, node: "edge-1", properties: ["t"] });
}

const report = (key: DeviceKey, rev: number, since = rev - 1): DeviceStatusReport => ({
  key,
  uid: `uid-${key}`,
  since,
  rev,
  reported: [
    { property: "t", type: "INT", value: String(rev), quality: "good", reason: "", at: clock.now(), version: rev },
  ],
  desired: [],
});
const receive = (key: DeviceKey, rev: number) => statuses.receive("edge-1", "store", report(key, rev));

test("a report is in the API when it is said to be, and what comes within a second goes as one write", async () => {
  adopt("ns/a");
  await clock.advance(5000);
  await receive("ns/a", 1);
  const later = [receive("ns/a", 2), receive("ns/a", 3), receive("ns/a", 4)];
  await clock.advance(999);
  expect(writes.map(({ summary }) => summary)).toEqual(["", "t=1"]);
  await clock.advance(1);
  await Promise.all(later);
  expect(writes.map(({ at, summary }) => `${at} ${summary}`)).toEqual(["0 ", "5000 t=1", "6000 t=4"]);
});

test("a number for an edge does not wait for the device's second", async () => {
  adopt("ns/a");
  await clock.advance(10);
  const numbered = { version: 1, digest: "d", requestedAt: 1 };
  await statuses.number("ns/a", "uid-ns/a", {
    changes: [{ property: "t", value: "1", numbered, state: "requested", reason: "", message: "" }],
    withdrawn: [],
  });
  expect(writes.map(({ at }) => at)).toEqual([0, 10]);
});

test("many devices keep together to the limit, and every one gets its turn", async () => {
  await statuses.stop();
  statuses = makeStatuses(10);
  await statuses.start();
  const keys = Array.from({ length: 30 }, (_, index): DeviceKey => `ns/d${index}`);
  for (const key of keys) adopt(key);
  await clock.advance(1999);
  expect(writes).toHaveLength(20);
  await clock.advance(1000);
  expect(new Set(writes.map(({ key }) => key)).size).toBe(30);
});

test("while the API is away reports wait, and go as their newest state when it is back", async () => {
  adopt("ns/a");
  await clock.advance(0);
  failure = new Fault("link.unreachable", "down");
  const received = [receive("ns/a", 1), receive("ns/a", 2)];
  await clock.advance(20_000);
  const tries = writes.length - 1;
  expect(tries).toBeGreaterThan(3);
  expect(tries).toBeLessThan(10);
  failure = undefined;
  await clock.advance(30_000);
  await Promise.all(received);
  expect(writes.at(-1)?.summary).toBe("t=2");
});

test("when the API is back after long, what waits is written within seconds", async () => {
  adopt("ns/a");
  await clock.advance(0);
  failure = new Fault("link.unreachable", "down");
  const received = receive("ns/a", 1);
  await clock.advance(35_000);
  failure = undefined;
  await clock.advance(5000);
  expect(writes.at(-1)?.summary).toBe("t=1");
  await received;
  const tries = writes.length;
  await clock.advance(60_000);
  expect(writes).toHaveLength(tries);
});

test("what is held is what the API has, not what is on its way", async () => {
  adopt("ns/a");
  await receive("ns/a", 1);
  const second = receive("ns/a", 2);
  expect(statuses.held("edge-1", "store")).toEqual([{ key: "ns/a", uid: "uid-ns/a", rev: 1 }]);
  expect(statuses.held("edge-1", "other store")).toEqual([]);
  await clock.advance(1000);
  await second;
  expect(statuses.held("edge-1", "store")[0]?.rev).toBe(2);
});

test("a report that builds on what is not held is refused, one that came before is not written again", async () => {
  adopt("ns/a");
  await expect(statuses.receive("edge-1", "store", report("ns/a", 5, 4))).rejects.toMatchObject({
    code: "state.stale",
  });
  const first = receive("ns/a", 1);
  await clock.advance(1000);
  await first;
  const before = writes.length;
  await receive("ns/a", 1);
  await clock.advance(5000);
  expect(writes).toHaveLength(before);
});

test("the parts of a long report are taken, and their rev is held with the last", async () => {
  adopt("ns/a");
  const parts = [statuses.receive("edge-1", "store", { ...report("ns/a", 7, 0), rev: 0 }), clock.advance(1000)];
  await Promise.all(parts);
  expect(writes.at(-1)?.summary).toBe("t=7");
  expect(statuses.held("edge-1", "store")).toMatchObject([{ rev: 0 }]);
  await Promise.all([statuses.receive("edge-1", "store", report("ns/a", 8, 0)), clock.advance(1000)]);
  expect(statuses.held("edge-1", "store")).toMatchObject([{ rev: 8 }]);
});

test("an edge that had the device taken and given back is believed, wherever it counts from", async () => {
  adopt("ns/a");
  for (const rev of [1, 2, 3]) await Promise.all([receive("ns/a", rev), clock.advance(1000)]);
  for (const node of ["", "edge-1"]) statuses.adopt("ns/a", { uid: "uid-ns/a", node, properties: ["t"] });
  await clock.advance(1000);
  expect(writes.at(-1)?.summary).toBe("t=3 (stale)");
  expect(statuses.held("edge-1", "store")).toMatchObject([{ rev: 0 }]);
  const acceptance = { accepted: true, reason: "Accepted", message: "" };
  const [same] = report("ns/a", 3).reported;
  const kept = { ...report("ns/a", 4, 0), reported: same ? [same] : [], acceptance };
  await Promise.all([statuses.receive("edge-1", "store", kept), clock.advance(1000)]);
  expect(writes.at(-1)?.summary).toBe("t=3");
  expect(statuses.record("ns/a")?.acceptance).toEqual(acceptance);
  const anew = { ...report("ns/a", 9, 0), rev: 2 };
  await Promise.all([statuses.receive("edge-1", "store", anew), clock.advance(1000)]);
  expect(writes.at(-1)?.summary).toBe("t=9");
  expect(statuses.held("edge-1", "store")).toMatchObject([{ rev: 2 }]);
});

test("a Device that is gone or another one takes its waiting reports with it", async () => {
  adopt("ns/a");
  await clock.advance(0);
  const waiting = receive("ns/a", 1);
  statuses.forget("ns/a");
  await expect(waiting).rejects.toMatchObject({ code: "data.unknown" });
  uids.set("ns/a", "another");
  await expect(receive("ns/a", 1)).rejects.toMatchObject({ code: "data.unknown" });
});

test("an edge that comes back with nothing new makes its values good again; one with news is waited for", async () => {
  for (const key of ["ns/a", "ns/b"] as const) {
    adopt(key);
    await receive(key, 1);
    statuses.lose(key, "NodeDisconnected");
  }
  await clock.advance(2000);
  expect(writes.slice(-2).map(({ summary }) => summary)).toEqual(["t=1 (stale)", "t=1 (stale)"]);
  const devices = [
    { key: "ns/a" as const, uid: "uid-ns/a", rev: 1 },
    { key: "ns/b" as const, uid: "uid-ns/b", rev: 2 },
  ];
  bus.emit("edge.connected", { node: "edge-1", session: 1, store: "store", version: "", devices });
  await clock.advance(2000);
  expect(writes.slice(4).map(({ key, summary }) => `${key} ${summary}`)).toEqual(["ns/a t=1"]);
  await receive("ns/b", 2);
  expect(writes.at(-1)?.summary).toBe("t=2");
});

test("only what changes a condition is told, not values", async () => {
  const told: DeviceKey[] = [];
  bus.on("device.statusChanged", ({ key }) => told.push(key), new AbortController().signal);
  adopt("ns/a");
  await receive("ns/a", 1);
  expect(told).toEqual([]);
  const state = { state: "online", reason: "", message: "", since: 1 } as const;
  const online = statuses.receive("edge-1", "store", { ...report("ns/a", 2), state });
  await clock.advance(1000);
  await online;
  expect(told).toEqual(["ns/a"]);
});
