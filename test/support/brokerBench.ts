import type { IClientOptions, MqttClient } from "mqtt";
import { Registry } from "prom-client";
import { Broker } from "../../src/edge/broker/broker.ts";
import { mqttConfig } from "../../src/edge/mqttConfig.ts";
import { systemClock } from "../../src/shared/kit/time.ts";
import { connectClient, RecordingLogger } from "./mqttClients.ts";

/** A broker on a free port with clients and metrics, taken down in one go. */
export class BrokerBench {
  readonly broker: Broker;
  readonly registry = new Registry();
  readonly log = new RecordingLogger();
  readonly #clients: MqttClient[] = [];

  constructor(settings: Record<string, unknown> = {}) {
    const config = mqttConfig.parse({ port: 0, ...settings });
    this.broker = new Broker({ config, registry: this.registry, log: this.log, clock: systemClock });
  }

  static async start(settings: Record<string, unknown> = {}): Promise<BrokerBench> {
    const bench = new BrokerBench(settings);
    await bench.broker.start();
    return bench;
  }

  get port(): number {
    return Number(new URL(this.broker.url).port);
  }

  async client(options: IClientOptions = {}): Promise<MqttClient> {
    const client = await connectClient(this.broker.url, options);
    this.#clients.push(client);
    return client;
  }

  async metric(name: string, labels: Record<string, string> = {}): Promise<number> {
    const found = await this.registry.getSingleMetric(name)?.get();
    return (
      found?.values.find((value) => Object.entries(labels).every(([key, wanted]) => value.labels[key] === wanted))
        ?.value ?? 0
    );
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.end(true);
    await this.broker.stop();
  }
}
