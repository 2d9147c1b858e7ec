import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EventBus } from "../../src/edge/eventBus/eventBus.ts";
import { listen } from "../../src/shared/kit/listen.ts";
import { BrokerBench } from "../support/brokerBench.ts";
import { ExternalBrokerBench } from "../support/externalBrokerBench.ts";
import { deviceSpec, MemoryTwins } from "../support/memoryTwins.ts";
import { connectClient, Ears } from "../support/mqttClients.ts";

const MOSQUITTO = "/usr/sbin/mosquitto";
const run = promisify(execFile);
const KEY = "default/pump";
const SETPOINT = "devices/default/pump/setpoint";

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server, { host: "127.0.0.1", port: 0, what: "a test", flag: "none" });
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** mosquitto's own tools against a port. */
const cli = (port: number) => ({
  sub: async (...args: string[]) => {
    const { stdout } = await run("mosquitto_sub", ["-p", `${port}`, "-W", "10", ...args]);
    return stdout.trimEnd().split("\n");
  },
  pub: (...args: string[]) => run("mosquitto_pub", ["-p", `${port}`, "-q", "1", ...args]),
});

function eventBusOn(
  broker: ConstructorParameters<typeof EventBus>[0]["broker"],
  bench: BrokerBench | ExternalBrokerBench,
) {
  const twins = new MemoryTwins();
  const { registry, log } = bench;
  const clock = new ExternalBrokerBench("mqtt://127.0.0.1:1").clock;
  const config = { maxValueBytes: 65_536 };
  const eventBus = new EventBus({ config, bus: twins.bus, broker, twins, registry, log, clock, random: () => 0 });
  return { eventBus, twins };
}

/** mosquitto_sub, once it is subscribed, which our broker tells; `first` is the first message after that. */
async function listening(bench: BrokerBench, topic: string): Promise<{ readonly first: Promise<string | undefined> }> {
  const subscribed = new Promise<void>((resolve) => {
    bench.broker.subscribe(["$SYS/+/new/subscribes"], ({ payload }) => payload.includes(topic) && resolve());
  });
  const lines = cli(bench.port).sub("-t", topic, "-C", "1");
  await subscribed;
  const read = async () => (await lines)[0];
  return { first: read() };
}

describe("mosquitto's clients at our broker", () => {
  let bench: BrokerBench;
  let eventBus: EventBus;
  let twins: MemoryTwins;

  beforeEach(async () => {
    bench = await BrokerBench.start();
    ({ eventBus, twins } = eventBusOn(bench.broker, bench));
    await eventBus.start();
    twins.assign(deviceSpec([{ name: "setpoint", unit: "Cel" }]));
    twins.report(KEY, "setpoint", { value: "21.5", quality: "good", reason: "", at: 0 });
  });

  afterEach(async () => {
    await eventBus.stop();
    await bench.stop();
  });

  it("show the retained value and the state", async () => {
    const lines = await cli(bench.port).sub("-t", "devices/#", "-v", "-C", "2");
    expect(lines.sort()).toEqual([
      'devices/default/pump/$state {"state":"unknown","reason":"","since":"1970-01-01T00:00:00.000Z"}',
      `${SETPOINT} {"value":21.5,"type":"DOUBLE","unit":"Cel","quality":"good","at":"1970-01-01T00:00:00.000Z","version":1}`,
    ]);
  });

  it("set a value and hear how it ended", async () => {
    const answer = await listening(bench, `${SETPOINT}/set/result`);
    await cli(bench.port).pub("-t", `${SETPOINT}/set`, "-m", "22");
    while (twins.twin(KEY)?.properties["setpoint"]?.desired === undefined) await new Promise((r) => setImmediate(r));
    twins.progress(KEY, "setpoint", "verified");
    expect(await answer.first).toBe('{"id":"","ok":true,"code":"Verified","message":""}');
  });

  it("get KubeEdge's twin", async () => {
    const topic = "$hw/events/device/default/pump/twin/get";
    const answer = await listening(bench, `${topic}/result`);
    await cli(bench.port).pub("-t", topic, "-m", '{"event_id":"g1"}');
    expect(JSON.parse((await answer.first) ?? "")).toMatchObject({
      event_id: "g1",
      twin: { setpoint: { actual: { value: "21.5" } } },
    });
  });

  it("are told when they insist on MQTT 5", async () => {
    const failed = run("mosquitto_pub", ["-p", `${bench.port}`, "-V", "mqttv5", "-t", "a", "-m", "1"]);
    await expect(failed).rejects.toMatchObject({ stderr: expect.stringMatching(/protocol version/i) });
  });
});

describe.skipIf(!existsSync(MOSQUITTO))("mosquitto in the place of our broker", () => {
  let directory: string;
  let port: number;
  let mosquitto: ChildProcess | undefined;
  let bench: ExternalBrokerBench;

  async function startMosquitto(): Promise<void> {
    const child = spawn(MOSQUITTO, ["-c", join(directory, "mosquitto.conf")], { stdio: ["ignore", "ignore", "pipe"] });
    mosquitto = child;
    for await (const chunk of child.stderr) {
      if (String(chunk).includes("running")) break;
    }
  }

  async function stopMosquitto(): Promise<void> {
    if (mosquitto === undefined) return;
    const exited = once(mosquitto, "exit");
    mosquitto.kill("SIGKILL");
    await exited;
    mosquitto = undefined;
  }

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "edgeloom-mosquitto-"));
    port = await freePort();
    const lines = [`listener ${port} 127.0.0.1`, "allow_anonymous true", "persistence false", "log_dest stderr"];
    writeFileSync(join(directory, "mosquitto.conf"), `${lines.join("\n")}\n`);
    await startMosquitto();
    bench = new ExternalBrokerBench(`mqtt://127.0.0.1:${port}`);
  });

  afterEach(async () => {
    await bench.broker.stop();
    await stopMosquitto();
    rmSync(directory, { recursive: true });
  });

  it("carries values, sets and results", async () => {
    const { eventBus, twins } = eventBusOn(bench.broker, bench);
    await bench.broker.start();
    await eventBus.start();
    twins.assign(deviceSpec([{ name: "setpoint", type: "INT" }]));
    twins.report(KEY, "setpoint", { value: "9007199254740993", quality: "good", reason: "", at: 0 });
    const [value] = await cli(port).sub("-t", SETPOINT, "-C", "1", "-v");
    expect(value).toContain('{"value":9007199254740993,"type":"INT"');
    const app = await connectClient(`mqtt://127.0.0.1:${port}`);
    await app.subscribeAsync(`${SETPOINT}/set/result`, { qos: 1 });
    const result = new Promise<string>((resolve) =>
      app.once("message", (_topic, payload) => resolve(payload.toString())),
    );
    await cli(port).pub("-t", `${SETPOINT}/set`, "-m", '{"value":5,"id":"a"}');
    while (twins.twin(KEY)?.properties["setpoint"]?.desired === undefined) await new Promise((r) => setTimeout(r, 5));
    twins.progress(KEY, "setpoint", "verified");
    expect(await result).toBe('{"id":"a","ok":true,"code":"Verified","message":""}');
    app.end(true);
    await eventBus.stop();
  });

  it("gets 10,000 retained values again after it was killed and has forgotten them", async () => {
    await bench.broker.start();
    await bench.until(() => bench.broker.isConnected);
    for (let n = 0; n < 10_000; n++)
      bench.broker.publish(`devices/default/d${n % 100}/p${n}`, `${n}`, { retain: true });
    await stopMosquitto();
    await bench.until(() => !bench.broker.isConnected);
    bench.broker.publish("devices/default/d0/p0", "", { retain: true });
    await startMosquitto();
    await bench.until(() => bench.broker.isConnected);
    const late = await connectClient(`mqtt://127.0.0.1:${port}`);
    const ears = new Ears(late);
    await late.subscribeAsync("devices/#");
    const held = () => new Map(ears.heard.map(({ topic, text }) => [topic, text]));
    await ears.until(
      () => ears.heard.length >= 9999 && [...held().values()].filter((text) => text !== "").length === 9999,
    );
    expect(held().get("devices/default/d0/p0") ?? "").toBe("");
    late.end(true);
  });

  it("is cleared of a device that went while the edge was down", async () => {
    await cli(port).pub("-r", "-t", "devices/default/gone/level", "-m", "1");
    await cli(port).pub("-r", "-t", "devices/default/neighbour/level", "-m", "2");
    await cli(port).pub("-r", "-t", "edgeloom/edge-1/devices", "-m", '["devices/default/gone"]');
    const watcher = await connectClient(`mqtt://127.0.0.1:${port}`);
    const cleared = new Promise<void>((resolve) => {
      watcher.on("message", (_topic, payload) => payload.length === 0 && resolve());
    });
    await watcher.subscribeAsync("devices/default/gone/level");
    await bench.broker.start();
    let done = false;
    void cleared.then(() => {
      done = true;
    });
    await bench.until(() => done);
    watcher.end(true);
    expect(await cli(port).sub("-t", "devices/#", "-C", "1", "-v")).toEqual(["devices/default/neighbour/level 2"]);
  });
});
