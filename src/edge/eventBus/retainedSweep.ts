import type { MqttClient } from "mqtt";

/** So many devices are looked through with one subscription. */
const BATCH = 500;
const DEVICE_TOPIC = /^devices\/[^/+#]+\/[^/+#]+$/;

/** What a sweep waits for: MQTT does not say when the last retained message of a subscription has come. */
type Pause = () => Promise<void>;

/** The list of devices that this node has left at the broker; empty if there is none. */
export async function readIndex(client: MqttClient, indexTopic: string, pause: Pause): Promise<readonly string[]> {
  let index = "[]";
  await listenFor(client, { filters: [indexTopic], pause }, (topic, payload) => {
    if (topic === indexTopic) index = payload.toString("utf8");
  });
  return devicesOf(index);
}

/** Every retained topic that the broker has of these devices. */
export async function findRetained(
  client: MqttClient,
  devices: readonly string[],
  pause: Pause,
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (let from = 0; from < devices.length; from += BATCH) {
    const filters = devices.slice(from, from + BATCH).map((device) => `${device}/+`);
    await listenFor(client, { filters, pause }, (topic, _payload, { retain }) => {
      if (retain && topic.startsWith("devices/")) found.add(topic);
    });
  }
  return found;
}

async function listenFor(
  client: MqttClient,
  { filters, pause }: { readonly filters: string[]; readonly pause: Pause },
  listen: (topic: string, payload: Buffer, packet: { readonly retain: boolean }) => void,
): Promise<void> {
  client.on("message", listen);
  try {
    await client.subscribeAsync(filters, { qos: 0 });
    await pause();
    await client.unsubscribeAsync(filters);
  } finally {
    client.off("message", listen);
  }
}

/** Only what may be a device's topic: the list lies at a broker where others write, too. */
function devicesOf(index: string): readonly string[] {
  try {
    const parsed: unknown = JSON.parse(index);
    if (!Array.isArray(parsed)) return [];
    return parsed.filter((device): device is string => typeof device === "string" && DEVICE_TOPIC.test(device));
  } catch {
    return []; // not ours
  }
}
