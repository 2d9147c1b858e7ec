import { Counter, Gauge, type Registry } from "prom-client";

/** Counted as plain numbers on the hot path; the registry reads them when it is asked. */
export class BrokerMetrics {
  clients = 0;
  messagesIn = 0;
  messagesOut = 0;
  readonly dropped: Counter<"reason">;
  readonly refused: Counter<"reason">;

  constructor(registry: Registry) {
    const registers = [registry];
    const clients = () => this.clients;
    const messagesIn = () => this.messagesIn;
    const messagesOut = () => this.messagesOut;
    new Gauge({
      name: "edgeloom_mqtt_clients",
      help: "MQTT clients connected to the edge's broker.",
      registers,
      collect() {
        this.set(clients());
      },
    });
    new Counter({
      name: "edgeloom_mqtt_messages_in_total",
      help: "Messages that MQTT clients published.",
      registers,
      collect() {
        this.reset();
        this.inc(messagesIn());
      },
    });
    new Counter({
      name: "edgeloom_mqtt_messages_out_total",
      help: "Messages forwarded to MQTT clients.",
      registers,
      collect() {
        this.reset();
        this.inc(messagesOut());
      },
    });
    this.dropped = new Counter({
      name: "edgeloom_mqtt_dropped_total",
      help: "Messages and clients given up because somebody was too slow or away for too long, by reason.",
      labelNames: ["reason"],
      registers,
    });
    this.refused = new Counter({
      name: "edgeloom_mqtt_refused_total",
      help: "What MQTT clients tried and may not, by reason.",
      labelNames: ["reason"],
      registers,
    });
  }
}
