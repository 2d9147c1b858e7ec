/** A small pump for tests: two registers at unit 1 of a Modbus partner of the test's own. */
export const pumpModel = {
  apiVersion: "devices.kubeedge.io/v1beta1",
  kind: "DeviceModel",
  metadata: { name: "test-pump", namespace: "default" },
  spec: {
    protocol: "modbus",
    properties: [
      { name: "temperature", type: "DOUBLE", accessMode: "ReadOnly", unit: "Cel" },
      { name: "setpoint", type: "INT", accessMode: "ReadWrite", minimum: "0", maximum: "3000", unit: "rpm" },
    ],
  },
} as const;

export interface PumpOptions {
  readonly name: string;
  readonly port: number;
  readonly node?: string;
  readonly desired?: string;
  readonly cycleMs?: number;
}

/** temperature: holding register 0 in tenths; setpoint: holding register 1. */
export function pumpDevice({ name, port, node = "edge-1", desired, cycleMs = 200 }: PumpOptions) {
  const visitor = (configData: Record<string, unknown>) => ({ protocolName: "modbus", configData });
  return {
    apiVersion: "devices.kubeedge.io/v1beta1",
    kind: "Device",
    metadata: { name, namespace: "default" },
    spec: {
      deviceModelRef: { name: "test-pump" },
      nodeName: node,
      protocol: {
        protocolName: "modbus",
        configData: { communicateMode: "TCP", ip: "127.0.0.1", port: String(port), slaveID: 1, timeout: 500 },
      },
      properties: [
        {
          name: "temperature",
          collectCycle: cycleMs,
          visitors: visitor({ register: "HoldingRegister", offset: 0, limit: 1, scale: 0.1 }),
        },
        {
          name: "setpoint",
          collectCycle: cycleMs,
          visitors: visitor({ register: "HoldingRegister", offset: 1, limit: 1 }),
          ...(desired === undefined ? {} : { desired: { value: desired } }),
        },
      ],
    },
  };
}

interface Twin {
  readonly propertyName: string;
  readonly reported?: { readonly value: string; readonly metadata: Readonly<Record<string, string>> };
  readonly observedDesired?: { readonly value: string; readonly metadata: Readonly<Record<string, string>> };
}

export interface StatusView {
  readonly state: string | undefined;
  readonly summary: string | undefined;
  reported(property: string): Twin["reported"];
  desired(property: string): Twin["observedDesired"];
}

/** A DeviceStatus object as tests ask of it. */
export function viewStatus(object: Record<string, unknown>): StatusView {
  const status = (object["status"] ?? {}) as { state?: string; summary?: string; twins?: Twin[] };
  const twin = (property: string) => status.twins?.find(({ propertyName }) => propertyName === property);
  return {
    state: status.state,
    summary: status.summary,
    reported: (property) => twin(property)?.reported,
    desired: (property) => twin(property)?.observedDesired,
  };
}

/** Condition `type` of any object with conditions. */
export function conditionOf(object: Record<string, unknown>, type: string) {
  const { conditions = [] } = (object["status"] ?? {}) as {
    conditions?: { type: string; status: string; reason: string; message: string }[];
  };
  return conditions.find((condition) => condition.type === type);
}
