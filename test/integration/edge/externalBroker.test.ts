import { createServer, type Server, type Socket } from "node:net";
import { Aedes } from "aedes";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { IncomingMessage } from "../../../src/edge/eventBus/messageBroker.ts";
import { listen } from "../../../src/shared/kit/listen.ts";
import { ExternalBrokerBench } from "../../support/externalBrokerBench.ts";
import { connectClient, Ears } from "../../support/mqttClients.ts";

/** Some other broker, with its own idea of what to keep. */
class OtherBroker {
  aedes: Aedes | undefined;
  #server: Server | undefined;
  readonly #sockets = new Set<Socket>();
  port = 0;

  async start(): Promise<void> {
    const aedes = await Aedes.createBroker();
    this.aedes = aedes;
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      aedes.handle(socket);
    });
    this.port = await listen(this.#server, { host: "127.0.0.1", port: this.port, what: "test broker", flag: "none" });
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server?.close(() => resolve()) ?? resolve());
    await new Promise<void>((resolve) => this.aedes?.close(() => resolve()) ?? resolve());
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  /** Everything that a late subscriber gets. */
  async retained(filter: string): Promise<Record<string, string>> {
    const client = await connectClient(this.url);
    const ears = new Ears(client);
    await client.subscribeAsync([filter, "end"]);
    await client.publishAsync("end", "", { qos: 1 });
    await ears.on("end");
    client.end(true);
    return Object.fromEntries(ears.heard.filter(({ retain }) => retain).map(({ topic, text }) => [topic, text]));
  }
}

let other: OtherBroker;
let bench: ExternalBrokerBench;

beforeEach(async () => {
  other = new OtherBroker();
  await other.start();
  bench = new ExternalBrokerBench(other.url);
});

afterEach(async () => {
  await bench.broker.stop();
  await other.stop();
});

const SPEED = "devices/default/pump/speed";

/** Waits until a late subscriber would find this. */
async function untilRetained(filter: string, wanted: Record<string, string>): Promise<void> {
  for (;;) {
    const found = await other.retained(filter);
    if (JSON.stringify(found) === JSON.stringify(wanted)) return;
    await bench.clock.advance(500);
  }
}

describe("an external broker", () => {
  it("gets what the edge publishes, and brings what clients ask", async () => {
    const heard: IncomingMessage[] = [];
    await bench.broker.start();
    bench.broker.subscribe(["devices/+/+/+/set"], (message) => heard.push(message));
    bench.broker.publish(SPEED, "1", { retain: true });
    await bench.until(() => bench.broker.isConnected);
    await untilRetained("devices/#", { [SPEED]: "1" });
    const app = await connectClient(other.url);
    await app.publishAsync(`${SPEED}/set`, "2", { qos: 1 });
    await bench.until(() => heard.length > 0);
    app.end(true);
    expect(heard).toEqual([{ topic: `${SPEED}/set`, payload: Buffer.from("2") }]);
  });

  it("may come later than the edge, and forget everything between two connections", async () => {
    await other.stop();
    await bench.broker.start();
    bench.broker.publish(SPEED, "1", { retain: true });
    bench.broker.publish(SPEED, "2", { retain: true });
    await bench.until(() => bench.log.lines.length > 0);
    await other.start();
    await bench.until(() => bench.broker.isConnected);
    await untilRetained("devices/#", { [SPEED]: "2" });
    await other.stop();
    await bench.until(() => !bench.broker.isConnected);
    bench.broker.publish("devices/default/pump/level", "3", { retain: true });
    bench.broker.publish(SPEED, "", { retain: true });
    await other.start();
    await bench.until(() => bench.broker.isConnected);
    await untilRetained("devices/#", { "devices/default/pump/level": "3" });
    const warned = bench.log.lines.filter(({ level }) => level === "warn");
    expect(warned.map(({ message }) => message)).toEqual(Array(2).fill("external MQTT broker away"));
  });

  it("is cleared of what an earlier life of this node left there, and of nothing else", async () => {
    const app = await connectClient(other.url);
    const keep = { qos: 1, retain: true } as const;
    await app.publishAsync("devices/default/gone/level", "old", keep);
    await app.publishAsync("devices/default/pump/removed", "old", keep);
    await app.publishAsync("devices/default/neighbour/level", "of another node", keep);
    await app.publishAsync("edgeloom/edge-1/devices", '["devices/default/gone","devices/default/pump","../x",7]', keep);
    app.end(true);
    bench.broker.publish(SPEED, "1", { retain: true });
    await bench.broker.start();
    await bench.until(() => bench.broker.isConnected);
    await untilRetained("devices/#", { "devices/default/neighbour/level": "of another node", [SPEED]: "1" });
    await untilRetained("edgeloom/#", { "edgeloom/edge-1/devices": '["devices/default/pump"]' });
  });

  it("does not carry out again what somebody kept there", async () => {
    const app = await connectClient(other.url);
    await app.publishAsync(`${SPEED}/set`, "old", { qos: 1, retain: true });
    const heard: string[] = [];
    bench.broker.subscribe(["devices/+/+/+/set"], ({ payload }) => heard.push(payload.toString()));
    await bench.broker.start();
    await bench.until(() => bench.broker.isConnected);
    await untilRetained("edgeloom/#", { "edgeloom/edge-1/devices": "[]" });
    await app.publishAsync(`${SPEED}/set`, "new", { qos: 1 });
    await bench.until(() => heard.length > 0);
    app.end(true);
    expect(heard).toEqual(["new"]);
  });

  it("needs a password file that can be read", async () => {
    const { ExternalBroker } = await import("../../../src/edge/eventBus/externalBroker.ts");
    const { Registry } = await import("prom-client");
    const broker = new ExternalBroker({
      config: { url: other.url, passwordFile: "/nonexistent/password" },
      node: "edge-1",
      registry: new Registry(),
      log: bench.log,
      clock: bench.clock,
      random: () => 0,
    });
    await expect(broker.start()).rejects.toMatchObject({ code: "config.missing" });
    await broker.stop();
  });
});
