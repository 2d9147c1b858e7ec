import { afterEach, beforeEach, expect, it } from "vitest";
import { type LinkEdge, LinkRig, next, QUICK } from "../support/linkRig.ts";
import { assignmentOf } from "../support/linkScripts.ts";
import { RawEdge } from "../support/rawEdge.ts";
import { TcpProxy } from "../support/tcpProxy.ts";

let rig: LinkRig;
let proxy: TcpProxy;
beforeEach(async () => {
  rig = await LinkRig.open(QUICK);
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

for (const direction of ["up", "down", "both"] as const) {
  it(`a link that carries nothing ${direction === "both" ? "at all" : direction} is found by both ends`, async () => {
    const edge = await connectedEdge("a");
    const [there, here] = [next(rig.bus, "edge.disconnected"), next(edge.bus, "hub.disconnected")];
    proxy.drop({ up: direction !== "down", down: direction !== "up" });
    await Promise.all([there, here]);
    const again = next(edge.bus, "hub.connected");
    proxy.drop({ up: false, down: false });
    await again;
  });
}

it("a stalled connection is dropped by both ends, however much waits in it", async () => {
  const edge = await connectedEdge("a");
  const [there, here] = [next(rig.bus, "edge.disconnected"), next(edge.bus, "hub.disconnected")];
  proxy.stall();
  const padding = "x".repeat(500_000);
  for (let index = 0; index < 60; index++) {
    rig.book.put("a", assignmentOf(`ns/d${index}`, "d1", "u", padding));
    rig.bus.emit("assignment.changed", { node: "a", key: `ns/d${index}` });
  }
  await Promise.all([there, here]);
  expect(await rig.metric("edgeloom_hub_session_ends_total", { by: "silence" })).toBe(1);
  // What the system's buffers took, and one more; not all sixty.
  expect(await rig.metric("edgeloom_hub_assignments_sent_total")).toBeLessThan(40);
});

it("an edge that sends and does not read is cut off", async () => {
  const padding = "x".repeat(500_000);
  rig.book.put("a", ...Array.from({ length: 60 }, (_, index) => assignmentOf(`ns/d${index}`, "d1", "u", padding)));
  const edge = await RawEdge.open(rig, "a");
  const { socket, closed } = edge;
  const gone = next(rig.bus, "edge.disconnected");
  edge.hello();
  socket.pause();
  const talking = setInterval(() => socket.ping(), 50);
  expect((await gone).reason).toBe("the other end does not read");
  clearInterval(talking);
  socket.resume();
  await closed;
});

it("an edge that does not begin with its hello is closed", async () => {
  const silent = await RawEdge.open(rig, "a");
  expect(await silent.closed).toBe(1008);
  const wrong = await RawEdge.open(rig, "b");
  wrong.send({ kind: "assignAck", devices: [] });
  wrong.send({ kind: "status", devices: [{ key: "ns/a", uid: "u", since: 0, rev: 1, reported: [], desired: [] }] });
  expect(await wrong.closed).toBe(1008);
  expect(await rig.metric("edgeloom_hub_refused_connections_total", { reason: "noHello" })).toBe(2);
});
