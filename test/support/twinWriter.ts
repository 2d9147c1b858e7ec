import { Registry } from "prom-client";
import { DeviceTwin } from "../../src/edge/deviceTwin/deviceTwin.ts";
import type { EdgeEvents } from "../../src/edge/events.ts";
import { MetaManager } from "../../src/edge/metaManager/metaManager.ts";
import { openEdgeStore } from "../../src/edge/store/edgeStore.ts";
import { Bus } from "../../src/shared/kit/bus.ts";
import { systemClock } from "../../src/shared/kit/time.ts";
import { assignment, EdgeRig, good, KEY, property, UID } from "./edgeRig.ts";

/**
 * A process to be killed: in the data directory of its first argument it counts a reported value up from its second,
 * and sets a desired one, and says each number once it was confirmed.
 */
const [, , dataDir = "", from = "0"] = process.argv;
const fail = (error: unknown) => {
  throw error;
};
const bus = new Bus<EdgeEvents>((_, error) => fail(error));
const { log } = new EdgeRig(dataDir);
const boot = { id: "boot", upMs: () => systemClock.monotonic() };
const store = openEdgeStore({ dataDir, boot, clock: systemClock, log, onFatal: fail });
const common = { bus, clock: systemClock, random: Math.random, registry: new Registry(), log };
const { commits } = store;
const twins = new DeviceTwin({ ...common, store: store.twins, commits, boot, onUnknownProperties: () => {} });
const meta = new MetaManager({ ...common, store: store.meta, commits });
await twins.start();
await meta.start();

if (twins.twin(KEY) === undefined) {
  const assigned = new Promise<void>((resolve) => {
    bus.on("device.assigned", () => resolve(), new AbortController().signal);
  });
  const properties = [property("speed"), property("setpoint")];
  bus.emit("assignment.received", { assignment: assignment({ properties }) });
  await assigned;
}
for (let number = Number(from) + 1; ; number++) {
  bus.emit("twin.reported", { key: KEY, uid: UID, at: Date.now(), readings: [good(`${number}`)] });
  await Promise.all([twins.settled(), twins.set(KEY, "setpoint", `${number}`)]);
  await new Promise<void>((resolve) => process.stdout.write(`${number}\n`, () => resolve()));
}
