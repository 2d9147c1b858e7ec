/** A message as EventBus gets it. */
export interface IncomingMessage {
  readonly topic: string;
  readonly payload: Buffer;
}

/** What EventBus needs of a broker: our own in this process, or an external one. */
export interface MessageBroker {
  /** QoS 1. With `retain` the last payload stays; an empty one clears the topic. Never throws. */
  publish(topic: string, payload: string, options: { readonly retain: boolean }): void;
  /** `handler` must not throw. Called once, after the broker's start. */
  subscribe(filters: readonly string[], handler: (message: IncomingMessage) => void): void;
}
