import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { assignment, change, good, KEY, UID } from "../../support/edgeRig.ts";
import { LinkRig } from "../../support/linkRig.ts";
import { RunningEdge } from "../../support/runningEdge.ts";

const NODE = "edge-1";
const of = { key: KEY, uid: UID } as const;
let cloud: LinkRig;
let edge: RunningEdge;

async function start(): Promise<RunningEdge> {
  const pki = join(cloud.root(NODE), "pki");
  const files = { ca: join(pki, "ca.crt"), certificate: join(pki, "edge.crt"), key: join(pki, "edge.key") };
  return RunningEdge.start(join(cloud.root(NODE), "data"), { hub: { url: cloud.hubUrl, ...files } });
}

beforeEach(async () => {
  cloud = await LinkRig.open();
  await cloud.join(NODE);
  cloud.book.put(NODE, assignment({}, { desired: [change(1, "50")], versions: { speed: 40 } }));
  edge = await start();
});
afterEach(async () => {
  await edge.stop();
  await cloud.close();
});

/** Every report so far, laid over each other as the cloud does. */
const inTheCloud = () => {
  const reports = cloud.sink.reports.map(({ report }) => report);
  return {
    value: cloud.sink.value(KEY, "speed"),
    state: reports.findLast(({ state }) => state !== undefined)?.state?.state,
    desired: reports.findLast(({ desired }) => desired.length > 0)?.desired[0]?.state,
    versions: reports.flatMap(({ reported }) => reported.map(({ version }) => version)),
  };
};

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await cloud.sink.stored(cloud.sink.reports.length + 1);
}

it("takes an assignment, brings its change to the device, and tells the cloud how it went", async () => {
  await edge.ears.on("devices/default/pump/speed");
  const written = () => edge.mappers.last.told.find(({ kind }) => kind === "write");
  while (written() === undefined) await new Promise((resolve) => setImmediate(resolve));
  expect(written()).toMatchObject({ property: "speed", value: "50", order: { spec: 1, local: 0 }, verifyOnly: false });
  const progress = { kind: "progress", ...of, property: "speed", order: { spec: 1, local: 0 }, reason: "" } as const;
  edge.say({ kind: "state", ...of, state: "online", reason: "", message: "", at: Date.now() });
  edge.say({ ...progress, state: "written", message: "" });
  edge.say({ kind: "reported", ...of, at: Date.now(), readings: [good("50")] });
  edge.say({ ...progress, state: "verified", message: "" });
  await until(() => inTheCloud().desired === "verified");
  expect(inTheCloud()).toMatchObject({ value: "50", state: "online" });
  const { versions } = inTheCloud();
  expect(Math.min(...versions)).toBeGreaterThan(40);
  expect(versions).toEqual([...versions].sort((a, b) => a - b));
});

it("sends after an outage what has changed, and nothing that the cloud has", async () => {
  await edge.ears.on("devices/default/pump/speed");
  edge.say({ kind: "reported", ...of, at: Date.now(), readings: [good("7")] });
  await until(() => inTheCloud().value === "7");
  await cloud.hub.stop();
  const before = cloud.sink.reports.length;
  edge.say({ kind: "reported", ...of, at: Date.now(), readings: [good("8")] });
  edge.say({ kind: "reported", ...of, at: Date.now(), readings: [good("9")] });
  await edge.ears.until(() => edge.ears.heard.some(({ text }) => text.includes('"value":9')));
  await cloud.startHubAgain();
  await until(() => inTheCloud().value === "9");
  const since = cloud.sink.reports.slice(before).map(({ report }) => report);
  expect(since.flatMap(({ reported }) => reported.map(({ value }) => value))).toEqual(["9"]);
  expect(since.flatMap(({ desired }) => desired)).toEqual([]);
  expect(await cloud.metric("edgeloom_hub_assignments_sent_total")).toBe(0);
});

it("forgets a device that is withdrawn", async () => {
  await edge.ears.on("devices/default/pump/speed");
  cloud.book.remove(NODE, KEY);
  cloud.bus.emit("assignment.changed", { node: NODE, key: KEY });
  await edge.ears.until(() => edge.ears.heard.some(({ topic, text }) => topic.endsWith("/speed") && text === ""));
  await edge.stop();
  edge = await start();
  const metrics = await (await fetch(`${edge.facts.metricsUrl}/metrics`)).text();
  expect(metrics).toContain('edgeloom_edge_devices{state="online"} 0');
});
