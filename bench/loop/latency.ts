import { spawnSync } from "node:child_process";
import { connectAsync } from "mqtt";
import { DEVICES_API, DevStack, eventually } from "../../test/support/devStack.ts";
import { ModbusPartner } from "../../test/support/modbusPartner.ts";
import { watchObjects } from "../../test/support/watchObjects.ts";
import { type Figure, quantile } from "../harness.ts";
import { applyDevice, applyModel, online } from "./devices.ts";
import { peerLatencies } from "./peer.ts";

const NAME = "latency-1";
/** Longer than the least interval between two writes of one DeviceStatus, so that every change comes after silence. */
const SILENCE_MS = 1200;

/**
 * One device, one changing register. The clock of an upward sample starts when the device's answer first carries the
 * new value (so the poll period is not in it), of a downward one when the PATCH is sent.
 */
export async function latencies({
  runs,
  samples,
}: {
  readonly runs: number;
  readonly samples: number;
}): Promise<Figure[]> {
  const stack = new DevStack({ args: ["--no-sim"] });
  const partner = new ModbusPartner();
  try {
    const port = await partner.listen();
    await stack.start();
    await applyModel(stack, "latency", 2);
    await applyDevice(stack, "latency", { name: NAME, port, unit: 1, registers: 2, cycleMs: 50 });
    await online(stack, NAME);
    const perRun = [];
    for (let run = 0; run < runs; run++) perRun.push(await oneRun(stack, partner, run, samples));
    return [
      figure(
        "register → MQTT, p99",
        "≤ 10",
        perRun.map(({ mqtt }) => quantile(mqtt, 0.99)),
        "after the answer that carries it",
      ),
      figure(
        "register → MQTT, p50",
        "",
        perRun.map(({ mqtt }) => quantile(mqtt, 0.5)),
      ),
      ...(await besidePeer(
        perRun.map(({ mqtt }) => mqtt),
        samples,
      )),
      figure(
        "register → DeviceStatus watch, p99",
        "≤ 300",
        perRun.map(({ status }) => quantile(status, 0.99)),
        "after silence",
      ),
      figure(
        "register → DeviceStatus watch, p50",
        "",
        perRun.map(({ status }) => quantile(status, 0.5)),
      ),
      figure(
        "PATCH desired → register, p99",
        "≤ 300",
        perRun.map(({ desired }) => quantile(desired, 0.99)),
      ),
      figure(
        "PATCH desired → register, p50",
        "",
        perRun.map(({ desired }) => quantile(desired, 0.5)),
      ),
      figure(
        "kubectl patch → register, p50",
        "",
        perRun.map(({ kubectl }) => quantile(kubectl, 0.5)),
        "with kubectl's own start",
      ),
    ];
  } finally {
    await stack.stop();
    await partner.close();
  }
}

/** A hand-written bridge in the same minutes on the same machine, and how many times its median ours is. */
async function besidePeer(ours: readonly (readonly number[])[], samples: number): Promise<Figure[]> {
  const peers: (readonly number[])[] = [];
  for (const _run of ours) peers.push((await peerLatencies(samples)) ?? []);
  if (peers.some((peer) => peer.length === 0)) return [];
  const ratios = ours.map((mine, run) => quantile(mine, 0.5) / quantile(peers[run] ?? [], 0.5));
  return [
    figure(
      "peer register → MQTT, p50",
      "",
      peers.map((peer) => quantile(peer, 0.5)),
      "pymodbus + paho + mosquitto by hand, nothing stored",
    ),
    figure(
      "peer register → MQTT, p99",
      "",
      peers.map((peer) => quantile(peer, 0.99)),
    ),
    { name: "ours ÷ peer, p50", unit: "×", runs: ratios },
  ];
}

async function oneRun(stack: DevStack, partner: ModbusPartner, run: number, samples: number) {
  const upward = await measureUp(stack, partner, 1 + run * 1000, samples);
  const desired: number[] = [];
  const kubectl: number[] = [];
  for (let i = 0; i < samples; i++)
    desired.push(await measureDown(partner, 20_000 + run * 1000 + i, (value) => patch(stack, value)));
  for (let i = 0; i < Math.min(samples, 10); i++) {
    kubectl.push(await measureDown(partner, 40_000 + run * 1000 + i, (value) => kubectlPatch(stack, value)));
  }
  return { ...upward, desired, kubectl };
}

async function measureUp(stack: DevStack, partner: ModbusPartner, first: number, samples: number) {
  const shown = new Map<number, number>();
  const mqtt = new Map<number, number>();
  const status = new Map<number, number>();
  partner.onShown = (_unit, _address, value, at) => void shown.set(value, at);
  const client = await connectAsync(stack.file.mqttUrl, { protocolVersion: 4 });
  client.on("message", (_topic, payload) => {
    const at = performance.now();
    const { value } = JSON.parse(payload.toString()) as { value: number };
    if (!mqtt.has(value)) mqtt.set(value, at);
  });
  await client.subscribeAsync(`devices/default/${NAME}/r0`, { qos: 1 });
  const stop = new AbortController();
  await watchObjects(stack, `${DEVICES_API}/devicestatuses`, stop.signal, (object) => {
    const at = performance.now();
    const twins = (object as { status?: { twins?: { propertyName: string; reported?: { value: string } }[] } }).status
      ?.twins;
    const value = Number(twins?.find(({ propertyName }) => propertyName === "r0")?.reported?.value);
    if (!status.has(value)) status.set(value, at);
  });
  try {
    await pause(4 * SILENCE_MS); // a desired change before it is written to DeviceStatus in up to three steps, a second apart
    for (let value = first; value < first + samples; value++) {
      partner.set(1, 0, value);
      await eventually(() => status.has(value) && mqtt.has(value));
      await pause(SILENCE_MS);
    }
  } finally {
    stop.abort();
    await client.endAsync();
  }
  const since = (end: Map<number, number>) => [...shown].map(([value, at]) => (end.get(value) ?? Number.NaN) - at);
  return { mqtt: since(mqtt), status: since(status) };
}

async function measureDown(partner: ModbusPartner, value: number, ask: (value: number) => unknown): Promise<number> {
  const written = new Promise<number>((resolve) => {
    partner.onWritten = (_unit, address, got, at) => {
      if (address === 1 && got === value) resolve(at);
    };
  });
  await pause(300);
  const started = performance.now();
  await ask(value);
  return (await written) - started;
}

const properties = (value: number) => ({
  spec: {
    properties: [0, 1].map((index) => ({
      name: `r${index}`,
      collectCycle: 50,
      visitors: { protocolName: "modbus", configData: { register: "HoldingRegister", offset: index, limit: 1 } },
      ...(index === 1 ? { desired: { value: String(value) } } : {}),
    })),
  },
});

const patch = (stack: DevStack, value: number) =>
  stack.api("PATCH", `${DEVICES_API}/devices/${NAME}`, properties(value));

function kubectlPatch(stack: DevStack, value: number): void {
  const body = JSON.stringify(properties(value));
  const kubectl = spawnSync("kubectl", [
    "--kubeconfig",
    stack.file.kubeconfig,
    "patch",
    "device",
    NAME,
    "--type=merge",
    "-p",
    body,
  ]);
  if (kubectl.status !== 0) throw new Error(`kubectl patch failed: ${kubectl.stderr}`);
}

function figure(name: string, goal: string, runs: readonly number[], note = ""): Figure {
  return { name, unit: "ms", goal, runs, note };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
