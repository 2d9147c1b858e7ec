import { afterEach, beforeEach, expect, it } from "vitest";
import { LinkRig, next } from "../support/linkRig.ts";
import { assignmentOf, ScriptedStore } from "../support/linkScripts.ts";

let rig: LinkRig;
beforeEach(async () => {
  rig = await LinkRig.open();
});
afterEach(() => rig.close());

it("an edge is sent what it does not hold, and tells what changes", async () => {
  rig.book.put("a", assignmentOf("ns/pump"), assignmentOf("ns/scale"));
  const edge = await rig.edge("a");
  const connected = next(rig.bus, "edge.connected");
  const stored = next(edge.bus, "assignment.stored", ({ key }) => key === "ns/scale");
  await edge.hub.start();
  expect(await connected).toMatchObject({ node: "a", store: "a", version: "test", devices: [] });
  await stored;
  edge.report("ns/pump", "speed", "7");
  await rig.sink.stored(1);
  expect(rig.sink.reports[0]).toMatchObject({ node: "a", report: { key: "ns/pump", since: 0, rev: 1 } });
});

it("what both sides hold is not sent again after a reconnect", async () => {
  const devices = Array.from({ length: 200 }, (_, index) => assignmentOf(`ns/d${index}`));
  rig.book.put("a", ...devices);
  const edge = await rig.edge("a");
  const last = next(edge.bus, "assignment.stored", ({ key }) => key === "ns/d199");
  await edge.hub.start();
  await last;
  for (const { spec } of devices) edge.report(spec.key, "speed", "1");
  await rig.sink.stored(200);

  const again = next(rig.bus, "edge.connected");
  await rig.hub.stop();
  edge.report("ns/d7", "speed", "2");
  rig.book.put("a", assignmentOf("ns/d9", "d2"));
  rig.book.remove("a", "ns/d11");
  const withdrawn = next(edge.bus, "assignment.withdrawn");
  const renewed = next(edge.bus, "assignment.stored");
  await rig.startHubAgain();
  expect((await again).devices).toHaveLength(200);
  expect(await renewed).toEqual({ key: "ns/d9", uid: "uid-ns/d9", digest: "d2" });
  expect(await withdrawn).toEqual({ key: "ns/d11", uid: "uid-ns/d11" });
  await rig.sink.stored(201);

  expect(rig.sink.reports.at(-1)?.report).toMatchObject({ key: "ns/d7", since: 1, rev: 2 });
  expect(await edge.metric("reports_total", { step: "sent" })).toBe(201);
  expect(await edge.metric("assignments_received_total")).toBe(201);
  expect(await rig.metric("edgeloom_hub_assignments_sent_total")).toBe(1);
  expect(await rig.metric("edgeloom_hub_reports_total", { result: "stored" })).toBe(1);
});

it("per device one report is on its way, and the newest value follows it", async () => {
  rig.book.put("a", assignmentOf("ns/pump"));
  let release = () => {};
  const blocked = new Promise<void>((resolve) => {
    release = resolve;
  });
  const begun = new Promise<void>((resolve) => {
    rig.sink.write = () => {
      resolve();
      return blocked;
    };
  });
  const edge = await rig.edge("a");
  const stored = next(edge.bus, "assignment.stored");
  await edge.hub.start();
  await stored;
  edge.report("ns/pump", "speed", "1");
  await begun;
  for (let value = 2; value <= 50; value++) edge.report("ns/pump", "speed", String(value));
  release();
  await rig.sink.stored(2);
  expect(rig.sink.reports.map(({ report }) => [report.since, report.rev])).toEqual([
    [0, 1],
    [1, 50],
  ]);
  expect(rig.sink.value("ns/pump", "speed")).toBe("50");
});

it("an edge with a rebuilt store sends everything again", async () => {
  rig.book.put("a", assignmentOf("ns/pump"));
  const first = await rig.edge("a");
  const stored = next(first.bus, "assignment.stored");
  await first.hub.start();
  await stored;
  first.report("ns/pump", "speed", "1");
  await rig.sink.stored(1);
  await first.hub.stop();

  const second = await rig.edge("a", { store: new ScriptedStore("rebuilt") });
  const assigned = next(second.bus, "assignment.stored");
  await second.hub.start();
  await assigned;
  second.report("ns/pump", "speed", "1");
  await rig.sink.stored(2);
  expect(rig.sink.reports.at(-1)?.report).toMatchObject({ since: 0, rev: 1 });
});

it("an edge that builds on what the cloud has lost begins again from what it has", async () => {
  rig.book.put("a", assignmentOf("ns/pump"));
  const edge = await rig.edge("a");
  const stored = next(edge.bus, "assignment.stored");
  await edge.hub.start();
  await stored;
  edge.report("ns/pump", "speed", "1");
  await rig.sink.stored(1);
  rig.sink.lose();
  edge.report("ns/pump", "torque", "2");
  await rig.sink.stored(3);
  expect(rig.sink.reports.map(({ report }) => [report.since, report.rev])).toEqual([
    [0, 1],
    [1, 2],
    [0, 2],
  ]);
});

it("changes of the book reach the edge at once, a deleted device and a new one of its name in that order", async () => {
  rig.book.put("a", assignmentOf("ns/pump"));
  const edge = await rig.edge("a");
  const first = next(edge.bus, "assignment.stored");
  await edge.hub.start();
  await first;
  const told: string[] = [];
  const life = new AbortController();
  edge.bus.on("assignment.withdrawn", ({ uid }) => told.push(`withdrawn ${uid}`), life.signal);
  edge.bus.on("assignment.received", ({ assignment }) => told.push(`received ${assignment.spec.uid}`), life.signal);
  const renewed = next(edge.bus, "assignment.stored");
  rig.book.put("a", assignmentOf("ns/pump", "d1", "another"));
  rig.bus.emit("assignment.changed", { node: "a", key: "ns/pump" });
  await renewed;
  expect(told).toEqual(["withdrawn uid-ns/pump", "received another"]);
  life.abort();
});

it("a report of a device that is not the node's is refused, and the edge told to drop it", async () => {
  rig.book.put("b", assignmentOf("ns/pump"));
  const store = new ScriptedStore("a");
  const edge = await rig.edge("a", { store });
  const connected = next(edge.bus, "hub.connected");
  await edge.hub.start();
  await connected;
  store.assign(assignmentOf("ns/pump"));
  const withdrawn = next(edge.bus, "assignment.withdrawn");
  edge.report("ns/pump", "speed", "1");
  expect(await withdrawn).toEqual({ key: "ns/pump", uid: "uid-ns/pump" });
  expect(rig.sink.reports).toEqual([]);
  expect(await rig.metric("edgeloom_hub_reports_total", { result: "refused" })).toBe(1);
});

it("more than a frame holds goes in several, in both directions", async () => {
  const padding = "x".repeat(300_000);
  const devices = Array.from({ length: 12 }, (_, index) => assignmentOf(`ns/d${index}`, "d1", `u${index}`, padding));
  rig.book.put("a", ...devices);
  const edge = await rig.edge("a");
  const last = next(edge.bus, "assignment.stored", ({ key }) => key === "ns/d11");
  await edge.hub.start();
  await last;
  for (let property = 0; property < 10; property++) edge.store.set("ns/d0", `p${property}`, "y".repeat(200_000));
  edge.report("ns/d0", "last", "z");
  await rig.sink.stored(5);
  expect(rig.sink.reports.at(-1)?.report).toMatchObject({ since: 0, rev: 11 });
  const properties = rig.sink.reports.flatMap(({ report }) => report.reported.map(({ property }) => property));
  expect(new Set(properties).size).toBe(11);
  expect(properties).toHaveLength(11);
});
