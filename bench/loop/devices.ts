import { DEVICES_API, type DevStack, eventually } from "../../test/support/devStack.ts";

export interface BenchDevice {
  readonly name: string;
  readonly port: number;
  readonly unit: number;
  readonly registers: number;
  readonly cycleMs: number;
}

const property = (index: number) => `r${index}`;

/** One model for `registers` holding registers, uint16 each, r0 … */
export async function applyModel(stack: DevStack, name: string, registers: number): Promise<void> {
  await must(
    stack.apply(`${DEVICES_API}/devicemodels`, {
      apiVersion: "devices.kubeedge.io/v1beta1",
      kind: "DeviceModel",
      metadata: { name },
      spec: {
        protocol: "modbus",
        properties: Array.from({ length: registers }, (_, index) => ({
          name: property(index),
          type: "INT",
          accessMode: "ReadWrite",
        })),
      },
    } as { metadata: { name: string } }),
  );
}

export async function applyDevice(stack: DevStack, model: string, device: BenchDevice): Promise<void> {
  const { name, port, unit, registers, cycleMs } = device;
  await must(
    stack.apply(`${DEVICES_API}/devices`, {
      apiVersion: "devices.kubeedge.io/v1beta1",
      kind: "Device",
      metadata: { name },
      spec: {
        deviceModelRef: { name: model },
        nodeName: "edge-1",
        protocol: {
          protocolName: "modbus",
          configData: { communicateMode: "TCP", ip: "127.0.0.1", port, slaveID: unit },
        },
        properties: Array.from({ length: registers }, (_, index) => ({
          name: property(index),
          collectCycle: cycleMs,
          visitors: { protocolName: "modbus", configData: { register: "HoldingRegister", offset: index, limit: 1 } },
        })),
      },
    } as { metadata: { name: string } }),
  );
}

/** Resolves when kubectl would show the device online. */
export async function online(stack: DevStack, name: string): Promise<void> {
  await eventually(async () => {
    const { body } = await stack.deviceStatus(name);
    return (body["status"] as { state?: string } | undefined)?.state === "online";
  }, 30_000);
}

async function must(call: Promise<{ readonly status: number; readonly body: unknown }>): Promise<void> {
  const { status, body } = await call;
  if (status >= 300) throw new Error(`the API answered ${status}: ${JSON.stringify(body)}`);
}
