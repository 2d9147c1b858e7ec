import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectAsync } from "mqtt";
import { listen } from "../../src/shared/kit/listen.ts";
import { eventually } from "../../test/support/devStack.ts";
import { LineProgram } from "../../test/support/lineProgram.ts";
import { ModbusPartner } from "../../test/support/modbusPartner.ts";

const MOSQUITTO = "/usr/sbin/mosquitto";
const BRIDGE = join(import.meta.dirname, "bridge.py");

/**
 * The same way up, as one writes it by hand: pymodbus, paho, mosquitto; no store, no cloud. Milliseconds from the answer
 * that first carries a value to the MQTT message; undefined where these peers are not installed.
 */
export async function peerLatencies(samples: number): Promise<readonly number[] | undefined> {
  if (!existsSync(MOSQUITTO)) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "edgeloom-peer-"));
  const partner = new ModbusPartner();
  const programs: LineProgram[] = [];
  try {
    const [modbusPort, mqttPort] = [await partner.listen(), await freePort()];
    const config = join(folder, "mosquitto.conf");
    writeFileSync(config, `listener ${mqttPort} 127.0.0.1\nallow_anonymous true\nlog_dest none\n`);
    programs.push(new LineProgram(MOSQUITTO, ["-c", config]));
    const client = await eventually(() => connectAsync(`mqtt://127.0.0.1:${mqttPort}`, { connectTimeout: 500 }));
    const bridge = new LineProgram("python3", [BRIDGE, String(modbusPort), String(mqttPort), "50"]);
    programs.push(bridge);
    if ((await bridge.next()) !== "ready") return undefined;
    const shown = new Map<number, number>();
    const heard = new Map<number, number>();
    partner.onShown = (_unit, _address, value, at) => void shown.set(value, at);
    client.on("message", (_topic, payload) => {
      heard.set((JSON.parse(payload.toString()) as { value: number }).value, performance.now());
    });
    await client.subscribeAsync("peer/r0", { qos: 1 });
    for (let value = 1; value <= samples; value++) {
      partner.set(1, 0, value);
      await eventually(() => heard.has(value));
    }
    await client.endAsync();
    return [...shown].map(([value, at]) => (heard.get(value) ?? Number.NaN) - at);
  } finally {
    for (const program of programs.reverse()) await program.stop();
    await partner.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server, { host: "127.0.0.1", port: 0, what: "the bench's broker", flag: "none" });
  await new Promise((closed) => server.close(closed));
  return port;
}
