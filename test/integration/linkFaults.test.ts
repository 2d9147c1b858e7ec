import { readFile } from "node:fs/promises";
import { connect as connectTcp } from "node:net";
import { connect } from "node:tls";
import { afterEach, beforeEach, expect, it } from "vitest";
import { EDGE_HUB_TIMING } from "../../src/edge/edgeHub/hubSession.ts";
import { LinkEdge, LinkRig, next } from "../support/linkRig.ts";
import { assignmentOf, ScriptedStore } from "../support/linkScripts.ts";
import { RawEdge } from "../support/rawEdge.ts";
import { TcpProxy } from "../support/tcpProxy.ts";

let rig: LinkRig;
let proxy: TcpProxy;
beforeEach(async () => {
  rig = await LinkRig.open();
  proxy = await TcpProxy.open(() => rig.hub.port);
});
afterEach(async () => {
  await proxy.close();
  await rig.close();
});

async function connectedEdge(name: string): Promise<LinkEdge> {
  const edge = await rig.edge(name, { url: `wss://127.0.0.1:${proxy.port}` });
  const connected = next(edge.bus, "hub.connected");
  await edge.hub.start();
  await connected;
  return edge;
}

it("a reset connection is opened again", async () => {
  const edge = await connectedEdge("a");
  const again = next(edge.bus, "hub.connected");
  proxy.reset();
  await again;
  expect(await edge.metric("connects_total", { result: "opened" })).toBe(2);
});

it("the second session of a node replaces the first", async () => {
  const first = await RawEdge.open(rig, "a");
  first.hello();
  await first.frame("hub.hello");
  const gone = next(rig.bus, "edge.disconnected");
  const second = await RawEdge.open(rig, "a");
  second.hello();
  await second.frame("hub.hello");
  expect(await first.closed).toBe(4001);
  expect((await gone).session).toBe(1);
  expect(await rig.metric("edgeloom_hub_sessions")).toBe(1);
  second.socket.terminate();
});

it("frames that are none are dropped and counted; who goes on is closed, and nobody else", async () => {
  const other = await connectedEdge("b");
  const edge = await RawEdge.open(rig, "a");
  edge.hello();
  await edge.frame("synced");
  for (const text of ["{", "[]", '{"kind":"status","devices":[]}', '{"kind":"hub.hello"}']) edge.socket.send(text);
  edge.hello();
  rig.book.put("a", assignmentOf("ns/pump"));
  rig.bus.emit("assignment.changed", { node: "a", key: "ns/pump" });
  await edge.frame("assign");
  edge.socket.send(Buffer.from([1, 2, 3]));
  expect(await edge.closed).toBe(1008);
  expect(await rig.metric("edgeloom_hub_malformed_frames_total")).toBe(6);
  expect(other.hub.connected).toBe(true);
});

it("a frame of 10 MB ends its own session, and nobody else's", async () => {
  const other = await connectedEdge("b");
  const edge = await RawEdge.open(rig, "a");
  edge.hello();
  await edge.frame("hub.hello");
  edge.send({ kind: "status", padding: "x".repeat(10_000_000) });
  // 1009 if the goodbye overtakes the reset.
  expect([1009, 1006]).toContain(await edge.closed);
  expect(other.hub.connected).toBe(true);
});

it("the name is that of the certificate, whatever the edge says of itself", async () => {
  rig.book.put("a", assignmentOf("ns/of-a"));
  rig.book.put("b", assignmentOf("ns/of-b"));
  const headers = { NodeName: "b", node_id: "b" };
  const edge = await RawEdge.open(rig, "a", { target: "/edgeloom/v1/sync?node=b", headers });
  const connected = next(rig.bus, "edge.connected");
  edge.hello();
  expect((await connected).node).toBe("a");
  const assign = JSON.stringify(await edge.frame("assign"));
  expect(assign).toContain("ns/of-a");
  expect(assign).not.toContain("ns/of-b");
  edge.socket.terminate();
});

it("a node may have as long a name as Kubernetes lets it have", async () => {
  const name = `${"a".repeat(63)}.${"b".repeat(63)}.${"c".repeat(63)}.${"d".repeat(61)}`;
  const connected = next(rig.bus, "edge.connected");
  await (await rig.edge(name)).hub.start();
  expect((await connected).node).toBe(name);
});

it("without a certificate of the hub's CA there is no session", async () => {
  const stranger = await LinkRig.open();
  try {
    await stranger.join("a");
    await rig.join("a");
    const [cert, key] = await Promise.all(
      ["edge.crt", "edge.key"].map((file) => readFile(`${stranger.root("a")}/pki/${file}`)),
    );
    const ca = await readFile(`${rig.root("a")}/pki/ca.crt`);
    for (const identity of [{ cert, key }, {}]) {
      const socket = connect({ host: "127.0.0.1", port: rig.hub.port, ca, ...identity }).resume();
      // TLS 1.3 tells a client after its handshake that it is not wanted, if the goodbye does not overtake it.
      await new Promise((resolve) => socket.on("error", () => {}).once("close", resolve));
    }
  } finally {
    await stranger.close();
  }
  expect(await rig.metric("edgeloom_hub_sessions")).toBe(0);
  expect(await rig.metric("edgeloom_hub_refused_connections_total", { reason: "tls" })).toBe(2);
});

it("fifty edges come back after the hub was away, with resumed TLS sessions", async () => {
  const edges = await Promise.all(Array.from({ length: 50 }, (_, index) => rig.edge(`e${index}`)));
  const connected = edges.map(({ bus }) => next(bus, "hub.connected"));
  for (const { hub } of edges) await hub.start();
  await Promise.all(connected);
  const again = edges.map(({ bus }) => next(bus, "hub.connected"));
  const gone = edges.map(({ bus }) => next(bus, "hub.disconnected"));
  await rig.hub.stop();
  await Promise.all(gone);
  await rig.startHubAgain();
  await Promise.all(again);
  expect(await rig.metric("edgeloom_hub_sessions")).toBe(50);
  expect(await rig.metric("edgeloom_hub_tls_resumed_total")).toBe(50);
});

it("an edge whose certificate is missing keeps trying, and connects once it is there", async () => {
  const edge = new LinkEdge({
    pki: `${rig.root("late")}/pki`,
    url: rig.hubUrl,
    store: new ScriptedStore("late"),
    timing: EDGE_HUB_TIMING,
  });
  const connected = next(edge.bus, "hub.connected");
  await edge.hub.start();
  await rig.join("late");
  await connected;
  await edge.hub.stop();
});

it("a client that connects and says nothing does not hold up a stop", async () => {
  const mute = [rig.hub.port, rig.enrolment.port].map((port) => connectTcp(port, "127.0.0.1"));
  await Promise.all(mute.map((socket) => new Promise((resolve) => socket.once("connect", resolve))));
  const gone = Promise.all(mute.map((socket) => new Promise((resolve) => socket.once("close", resolve))));
  for (const socket of mute) socket.on("error", () => {}).resume();
  await rig.hub.stop();
  await rig.enrolment.stop();
  await gone;
});
