import type { MqttClient } from "mqtt";
import { edgeConfig } from "../../src/edge/config.ts";
import { type EdgeFacts, run } from "../../src/edge/main.ts";
import { openEdgeStore } from "../../src/edge/store/edgeStore.ts";
import { systemClock } from "../../src/shared/kit/time.ts";
import type { FromMapper } from "../../src/shared/wire/mapperMessages.ts";
import type { Assignment } from "../../src/shared/wire/syncFrames.ts";
import { EdgeRig } from "./edgeRig.ts";
import { connectClient, Ears } from "./mqttClients.ts";
import { ScriptedMappers } from "./scriptedMappers.ts";

/** Puts assignments on the disk of an edge that is not running, as an earlier life with a hub would have left them. */
export async function leaveAssignments(dataDir: string, ...assignments: Assignment[]): Promise<void> {
  const boot = { id: "boot", upMs: () => 0 };
  const store = openEdgeStore({ dataDir, boot, clock: systemClock, log: new EdgeRig(dataDir).log, onFatal: () => {} });
  await store.commits.run(() => {
    for (const assignment of assignments) store.meta.save(assignment);
  });
  store.close();
}

/** `run` of an edge on free ports without a hub, with an MQTT client that hears `devices/#`. */
export class RunningEdge {
  readonly facts: EdgeFacts;
  readonly mappers: ScriptedMappers;
  readonly client: MqttClient;
  readonly ears: Ears;
  readonly #stop: AbortController;
  readonly #done: Promise<void>;

  private constructor(parts: {
    facts: EdgeFacts;
    mappers: ScriptedMappers;
    client: MqttClient;
    stop: AbortController;
    done: Promise<void>;
  }) {
    this.facts = parts.facts;
    this.mappers = parts.mappers;
    this.client = parts.client;
    this.ears = new Ears(parts.client);
    this.#stop = parts.stop;
    this.#done = parts.done;
  }

  /** Rejects as `run` does. */
  static async start(dataDir: string, more: Record<string, unknown> = {}): Promise<RunningEdge> {
    const config = edgeConfig.parse({ node: "edge-1", dataDir, mqtt: { port: 0 }, metrics: { port: 0 }, ...more });
    const mappers = new ScriptedMappers({ prompt: true });
    const stop = new AbortController();
    const { log } = new EdgeRig(dataDir);
    const { promise, resolve } = promised<EdgeFacts>();
    const done = run(config, { log, signal: stop.signal, onReady: resolve, startMapper: mappers.start });
    const facts = await Promise.race([promise, done.then(() => promise)]);
    const client = await connectClient(facts.mqttUrl);
    const edge = new RunningEdge({ facts, mappers, client, stop, done });
    await client.subscribeAsync("devices/#", { qos: 1 });
    return edge;
  }

  async stop(): Promise<void> {
    await this.client.endAsync(true);
    this.#stop.abort();
    await this.#done;
  }

  say(message: FromMapper): void {
    this.mappers.last.say(message);
  }
}

function promised<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
