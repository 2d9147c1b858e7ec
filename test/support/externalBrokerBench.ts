import { Registry } from "prom-client";
import { ExternalBroker } from "../../src/edge/eventBus/externalBroker.ts";
import { RecordingLogger } from "./mqttClients.ts";
import { TestClock } from "./testClock.ts";

/** An ExternalBroker whose waiting the test shortens. */
export class ExternalBrokerBench {
  readonly clock = new TestClock();
  readonly log = new RecordingLogger();
  readonly registry = new Registry();
  readonly broker: ExternalBroker;

  constructor(url: string) {
    this.broker = new ExternalBroker({
      config: { url },
      node: "edge-1",
      registry: this.registry,
      log: this.log,
      clock: this.clock,
      random: () => 0,
    });
  }

  /** Lets the waits between two attempts pass until the condition holds. */
  async until(is: () => boolean): Promise<void> {
    while (!is()) {
      await this.clock.advance(500);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}
