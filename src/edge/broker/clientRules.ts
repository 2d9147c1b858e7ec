import type { AedesOptions, AuthenticateError, Client, PublishPacket } from "aedes";
import type { MqttConfig } from "../mqttConfig.ts";
import type { Tally } from "../tally.ts";
import { RetainedBudget } from "./retainedBudget.ts";
import { rightOn } from "./topicRights.ts";

/** Where a refused publication goes: nobody may publish there, so nobody has a reason to listen. */
const NOWHERE = "$SYS/edgeloom/refused";
const NOTHING = Buffer.alloc(0);

/** MQTT 3.1.1, table 3.1. */
const CONNACK = { identifierRejected: 2, serverUnavailable: 3 } as const;

interface ClientRulesParts {
  readonly config: MqttConfig;
  readonly refused: Tally;
  isConnected(clientId: string): boolean;
  connected(): number;
  /** Called for every message that a client publishes. */
  published(): void;
}

type Hooks = Required<Pick<AedesOptions, "preConnect" | "authenticate" | "authorizePublish" | "authorizeSubscribe">>;

/** What local clients may do: aedes' hooks, and what must be remembered of each client to answer them. */
export class ClientRules {
  readonly #parts: ClientRulesParts;
  readonly #retained: RetainedBudget;
  readonly #withoutId = new WeakSet<Client>();
  readonly #filters = new WeakMap<Client, Set<string>>();
  /** Client ids that have a persistent session. */
  readonly #sessions = new Set<string>();

  constructor(parts: ClientRulesParts) {
    this.#parts = parts;
    this.#retained = new RetainedBudget(parts.config.maxRetainedBytes);
  }

  readonly hooks: Hooks = {
    preConnect: (client, packet, callback) => {
      // Only this hook sees the packet, and only `authenticate` can answer with a return code.
      if (packet.clientId === "" && packet.clean === false) this.#withoutId.add(client);
      callback(null, true);
    },
    authenticate: (client, _username, _password, done) => {
      const refusal = this.#connectRefusal(client);
      if (refusal !== undefined) return done(refusal, false);
      if (client.clean) this.#sessions.delete(client.id);
      else this.#sessions.add(client.id);
      done(null, true);
    },
    authorizePublish: (client, packet, callback) => {
      this.#parts.published();
      const reason = this.#publishRefusal(packet);
      if (reason !== undefined) this.#refuse(client, packet, reason);
      callback(null);
    },
    authorizeSubscribe: (client, subscription, callback) => {
      const reason = this.#subscribeRefusal(client, subscription.topic);
      if (reason === undefined) return callback(null, subscription);
      this.#parts.refused.count(reason, { client: client.id, topic: shortened(subscription.topic) });
      callback(null, null); // SUBACK 0x80
    },
  };

  unsubscribed(client: Client, filters: readonly string[]): void {
    const known = this.#filters.get(client);
    for (const filter of filters) known?.delete(filter);
  }

  #connectRefusal(client: Client): AuthenticateError | undefined {
    const { config, connected, isConnected } = this.#parts;
    // [MQTT-3.1.3-8]
    if (this.#withoutId.has(client)) {
      return this.#connack("clientIdMissing", CONNACK.identifierRejected, client);
    }
    if (connected() >= config.maxClients && !isConnected(client.id)) {
      return this.#connack("tooManyClients", CONNACK.serverUnavailable, client);
    }
    if (!client.clean && !this.#sessions.has(client.id) && this.#sessions.size >= config.maxSessions) {
      return this.#connack("tooManySessions", CONNACK.serverUnavailable, client);
    }
    return undefined;
  }

  #connack(reason: string, returnCode: number, client: Client): AuthenticateError {
    this.#parts.refused.count(reason, { client: shortened(client.id) });
    return Object.assign(new Error(reason), { returnCode });
  }

  #publishRefusal(packet: PublishPacket): string | undefined {
    if (packet.topic.length > this.#parts.config.maxTopicLength) return "topicTooLong";
    switch (rightOn(packet.topic)) {
      case "reserved":
        return "topicReserved";
      case "request":
        packet.retain = false; // a request is for now; kept, it would be sent again to whoever listens later
        return undefined;
      case "own":
        if (packet.retain && !this.#retained.take(packet.topic, packet.payload.length)) return "retainedFull";
        return undefined;
    }
  }

  /**
   * MQTT 3.1.1 knows no refusal of a publication: either it is acknowledged, or the connection is closed
   * [MQTT-3.3.5-2]. A client that is thrown out comes back and tries again, so it is acknowledged and goes nowhere.
   */
  #refuse(client: Client | null, packet: PublishPacket, reason: string): void {
    this.#parts.refused.count(reason, { client: client?.id ?? "", topic: shortened(packet.topic) });
    packet.topic = NOWHERE;
    packet.payload = NOTHING;
    packet.retain = false;
  }

  #subscribeRefusal(client: Client, filter: string): string | undefined {
    const { maxSubscriptionsPerClient, maxTopicLength } = this.#parts.config;
    if (filter.length > maxTopicLength) return "topicTooLong";
    const known = this.#filters.get(client) ?? new Set();
    this.#filters.set(client, known);
    if (!known.has(filter) && known.size >= maxSubscriptionsPerClient) return "tooManySubscriptions";
    known.add(filter);
    return undefined;
  }
}

function shortened(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
