import { afterEach, beforeEach, expect, test } from "vitest";
import { NodeController, type NodeView } from "../../../../src/cloud/controllers/nodeController.ts";
import type { CloudEvents } from "../../../../src/cloud/events.ts";
import { Bus } from "../../../../src/shared/kit/bus.ts";
import type { Logger } from "../../../../src/shared/kit/logger.ts";
import { TestClock } from "../../../support/testClock.ts";

const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, child: () => silent };

let clock: TestClock;
let bus: Bus<CloudEvents>;
let nodes: Map<string, NodeView>;
let renewed: number[];
let controller: NodeController;
let put: (view: NodeView) => NodeView;

beforeEach(() => {
  clock = new TestClock();
  bus = new Bus(() => {});
  nodes = new Map();
  renewed = [];
  let onChange = (_name: string) => {};
  put = (view) => {
    nodes.set(view.name, view);
    onChange(view.name);
    return view;
  };
  controller = new NodeController({
    nodes: {
      get: (name) => nodes.get(name),
      names: () => nodes.keys(),
      onChange: (handler) => {
        onChange = handler;
      },
    },
    writer: {
      ensure: async (name) => put({ name, uid: "u", isManaged: true, readyReason: "NeverConnected" }),
      async writeReady(name, { reason }) {
        const view = nodes.get(name);
        if (view) put({ ...view, readyReason: reason });
      },
    },
    leases: {
      async renew() {
        renewed.push(clock.monotonic());
      },
    },
    bus,
    clock,
    random: () => 0,
    log: silent,
  });
});
afterEach(async () => await controller.stop());

const view = (over: Partial<NodeView> = {}): NodeView => ({
  name: "n",
  uid: "u",
  isManaged: true,
  readyReason: "EdgeConnected",
  ...over,
});
const connect = (session: number) =>
  bus.emit("edge.connected", { node: "n", session, store: "s", version: "", devices: [] });
const disconnect = (session: number, silentMs = 0) =>
  bus.emit("edge.disconnected", { node: "n", session, reason: "", silentMs });

test("while it is connected its lease is renewed every 10 s", async () => {
  await controller.start();
  connect(1);
  await clock.advance(35_000);
  expect(renewed).toEqual([0, 10_000, 20_000, 30_000]);
  expect([controller.presenceOf("n"), nodes.get("n")?.readyReason]).toEqual(["connected", "EdgeConnected"]);
});

test("it is gone 40 s after its last session, not before", async () => {
  nodes.set("n", view());
  await controller.start();
  await clock.advance(60_000);
  connect(1);
  await clock.advance(1000);
  disconnect(1);
  await clock.advance(39_999);
  expect([controller.presenceOf("n"), nodes.get("n")?.readyReason]).toEqual(["away", "EdgeConnected"]);
  await clock.advance(1);
  expect([controller.presenceOf("n"), nodes.get("n")?.readyReason]).toEqual(["gone", "EdgeDisconnected"]);
  connect(2);
  await clock.advance(0);
  expect([controller.presenceOf("n"), nodes.get("n")?.readyReason]).toEqual(["connected", "EdgeConnected"]);
});

test("the silence before the hub noticed counts", async () => {
  nodes.set("n", view());
  await controller.start();
  await clock.advance(60_000);
  connect(1);
  await clock.advance(24_000);
  disconnect(1, 22_000);
  await clock.advance(17_999);
  expect(controller.presenceOf("n")).toBe("away");
  await clock.advance(1);
  expect(controller.presenceOf("n")).toBe("gone");
});

test("the late goodbye of a session that was replaced changes nothing", async () => {
  nodes.set("n", view());
  await controller.start();
  connect(1);
  connect(2);
  disconnect(1);
  await clock.advance(60_000);
  expect(controller.presenceOf("n")).toBe("connected");
});

test("after a start nobody is declared gone before 40 s", async () => {
  nodes.set("n", view());
  await controller.start();
  await clock.advance(39_999);
  expect(controller.presenceOf("n")).toBe("away");
  await clock.advance(1);
  expect([controller.presenceOf("n"), nodes.get("n")?.readyReason]).toEqual(["gone", "EdgeDisconnected"]);
});

test("an edge that never came stays so, and a Node that is not there is absent", async () => {
  nodes.set("n", view({ readyReason: "NeverConnected" }));
  await controller.start();
  await clock.advance(60_000);
  expect([controller.presenceOf("n"), nodes.get("n")?.readyReason]).toEqual(["never", "NeverConnected"]);
  expect(controller.presenceOf("other")).toBe("absent");
});

test("a Node that was made just now, and has no condition yet, is not declared gone", async () => {
  await controller.start();
  await clock.advance(60_000);
  put(view({ readyReason: "" }));
  await clock.advance(60_000);
  expect([controller.presenceOf("n"), nodes.get("n")?.readyReason]).toEqual(["never", ""]);
  put(view({ readyReason: "NeverConnected" }));
  await clock.advance(60_000);
  expect(nodes.get("n")?.readyReason).toBe("NeverConnected");
});

test("of a kubelet's Node neither lease nor Ready is touched", async () => {
  nodes.set("n", view({ isManaged: false, readyReason: "KubeletReady" }));
  await controller.start();
  connect(1);
  await clock.advance(20_000);
  disconnect(1);
  await clock.advance(60_000);
  expect([controller.presenceOf("n"), nodes.get("n")?.readyReason, renewed]).toEqual(["gone", "KubeletReady", []]);
});
