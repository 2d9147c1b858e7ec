import { connect as connectTcp, type Socket } from "node:net";
import { connectAsync, type IClientOptions, type MqttClient } from "mqtt";
import type { Fields, Logger } from "../../src/shared/kit/logger.ts";

export interface Heard {
  readonly topic: string;
  readonly text: string;
  readonly retain: boolean;
}

/** What one client has heard, and a way to wait for more. */
export class Ears {
  readonly heard: Heard[] = [];
  #waiting: { readonly is: () => boolean; readonly resolve: () => void }[] = [];

  constructor(client: MqttClient) {
    client.on("message", (topic, payload, { retain }) => {
      this.heard.push({ topic, text: payload.toString("utf8"), retain });
      this.#waiting = this.#waiting.filter(({ is, resolve }) => {
        if (!is()) return true;
        resolve();
        return false;
      });
    });
  }

  /** Resolves once the condition holds; it is looked at after every message. */
  until(is: () => boolean): Promise<void> {
    if (is()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ is, resolve }));
  }

  /** The first message on a topic, waited for. */
  async on(topic: string, number = 1): Promise<string> {
    const found = () => this.heard.filter((message) => message.topic === topic);
    await this.until(() => found().length >= number);
    return found()[number - 1]?.text ?? "";
  }
}

/** A client of MQTT 3.1.1 that does not come back by itself. */
export function connectClient(url: string, options: IClientOptions = {}): Promise<MqttClient> {
  return connectAsync(url, { protocolVersion: 4, reconnectPeriod: 0, ...options });
}

/** Raw bytes to a port and what comes back until the other end closes. */
export function exchangeBytes(port: number, bytes: Buffer): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connectTcp(port, "127.0.0.1", () => socket.write(bytes));
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("error", () => {}); // a reset is one way to close
    socket.on("close", () => resolve(Buffer.concat(chunks)));
  });
}

/** A subscriber (QoS 0) on a raw socket that has its SUBACK and reads nothing from then on. */
export function stalledSubscriber(port: number, filter: string): Promise<Socket> {
  const id = Buffer.from("stalled");
  const name = Buffer.from(filter);
  const connect = packet(
    0x10,
    Buffer.concat([text("MQTT"), Buffer.from([4, 2, 0, 0]), Buffer.from([0, id.length]), id]),
  );
  const subscribe = packet(
    0x82,
    Buffer.concat([Buffer.from([0, 1, name.length >> 8, name.length & 0xff]), name, Buffer.of(0)]),
  );
  return new Promise((resolve, reject) => {
    const socket = connectTcp(port, "127.0.0.1", () => socket.write(Buffer.concat([connect, subscribe])));
    let bytes = 0;
    socket.on("data", function onData(chunk: Buffer) {
      bytes += chunk.length;
      if (bytes < 9) return; // CONNACK 4, SUBACK 5
      socket.off("data", onData).pause();
      resolve(socket);
    });
    socket.on("error", reject); // and later: the broker cuts it off
  });
}

/** An MQTT packet from its first byte and body. */
export function packet(first: number, body: Buffer): Buffer {
  const length: number[] = [];
  for (let left = body.length; ; left >>= 7) {
    if (left < 128) {
      length.push(left);
      break;
    }
    length.push((left & 127) | 128);
  }
  return Buffer.concat([Buffer.from([first, ...length]), body]);
}

/** A string as MQTT has it: two bytes of length, UTF-8. */
export function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

/** A logger that keeps its lines for the test. */
export class RecordingLogger implements Logger {
  readonly lines: { readonly level: string; readonly message: string; readonly fields: Fields }[] = [];
  readonly debug = this.#keep("debug");
  readonly info = this.#keep("info");
  readonly warn = this.#keep("warn");
  readonly error = this.#keep("error");

  child(): Logger {
    return this;
  }

  #keep(level: string) {
    return (message: string, fields: Fields = {}) => void this.lines.push({ level, message, fields });
  }
}
