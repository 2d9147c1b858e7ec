import { createServer } from "node:net";
import { resolve } from "node:path";
import { InvalidArgumentError } from "commander";
import { listen } from "../../shared/kit/listen.ts";

export const PARTS = ["kube", "cloud", "edge", "sim"] as const;
export type PartName = (typeof PARTS)[number];

/** The port flags of `edgeloom dev` (contract, section 3), with what they are for and their defaults. */
export const PORTS = {
  kubePort: { flag: "--kube-port", default: 6443, what: "embedded Kubernetes API (HTTPS)" },
  hubPort: { flag: "--hub-port", default: 10000, what: "hub (WSS)" },
  enrolPort: { flag: "--enrol-port", default: 10002, what: "enrolment (HTTPS)" },
  mqttPort: { flag: "--mqtt-port", default: 1883, what: "MQTT" },
  edgeApiPort: {
    flag: "--edge-api-port",
    default: 10550,
    what: "local read API at the edge; not in this version, taken and ignored",
  },
  cloudMetricsPort: { flag: "--cloud-metrics-port", default: 9091, what: "metrics and health of the cloud" },
  edgeMetricsPort: { flag: "--edge-metrics-port", default: 9092, what: "metrics and health of the edge" },
  simModbusPort: { flag: "--sim-modbus-port", default: 5020, what: "simulated Modbus pump" },
  simOpcuaPort: {
    flag: "--sim-opcua-port",
    default: 4840,
    what: "simulated OPC UA boiler; not in this version, taken and ignored",
  },
  simSerialPort: {
    flag: "--sim-serial-port",
    default: 5021,
    what: "simulated serial scale; not in this version, taken and ignored",
  },
} as const;
export type PortName = keyof typeof PORTS;

/** Ports whose part this build does not have: nothing listens there. */
const UNUSED: readonly PortName[] = ["edgeApiPort", "simOpcuaPort", "simSerialPort"];

export interface DevSettings {
  /** Absolute. */
  readonly dataDir: string;
  readonly parts: readonly PartName[];
  /** Without simulator, sample models and devices. */
  readonly bare: boolean;
  readonly ports: Readonly<Record<PortName, number>>;
  readonly logLevel: string;
}

/** A comma-separated list of parts from the `--parts` flag. */
export function partList(text: string): readonly PartName[] {
  const names = text.split(",").map((name) => name.trim());
  const unknown = names.filter((name) => !PARTS.some((part) => part === name));
  if (unknown.length > 0 || names.length === 0) {
    throw new InvalidArgumentError(`parts are ${PARTS.join(", ")}; ${unknown.join(", ")} is none.`);
  }
  return PARTS.filter((part) => names.includes(part));
}

/**
 * Flags to settings. A port given as 0 becomes a free one here, once: a part that restarts must come back where
 * the others look for it.
 */
export async function settle(flags: {
  readonly dataDir: string;
  readonly parts: readonly PartName[];
  readonly sim: boolean;
  readonly logLevel: string;
  readonly ports: Readonly<Record<PortName, number>>;
}): Promise<DevSettings> {
  const ports = { ...flags.ports };
  for (const name of Object.keys(PORTS) as PortName[]) {
    if (ports[name] === 0 && !UNUSED.includes(name)) ports[name] = await freePort(PORTS[name].flag);
  }
  return {
    dataDir: resolve(flags.dataDir),
    parts: flags.parts.filter((part) => flags.sim || part !== "sim"),
    bare: !flags.sim,
    ports,
    logLevel: flags.logLevel,
  };
}

async function freePort(flag: string): Promise<number> {
  const server = createServer();
  const port = await listen(server, { host: "127.0.0.1", port: 0, what: "a free port", flag });
  await new Promise((closed) => server.close(closed));
  return port;
}
