import { access, rm } from "node:fs/promises";
import { join } from "node:path";
import { textOf } from "../../shared/kit/fault.ts";
import { aborted } from "../../shared/kit/time.ts";
import { writeWholeFile } from "../../shared/kit/wholeFile.ts";
import type { Cli } from "../cli.ts";
import { Child } from "./child.ts";
import { cloudConfigOf, edgeConfigOf, kubeConfigOf, prepareDataDir, updateConfig } from "./files.ts";
import { applySamples, deviceRows } from "./samples.ts";
import type { DevSettings, PartName } from "./settings.ts";
import { welcome } from "./welcome.ts";

const NODE = "edge-1";
const SITE = "demo";
/** Everything stops within 5 s (contract, section 3): so long may each of the four parts take. */
const STOP_MS = 1200;

/** `edgeloom dev`: kube, cloud, simulators and one edge as child processes of one command. */
export class Dev {
  readonly #cli: Cli;
  readonly #settings: DevSettings;
  readonly #children = new Map<PartName, Child>();
  #serving = false;

  constructor(cli: Cli, settings: DevSettings) {
    this.#cli = cli;
    this.#settings = settings;
  }

  /** Resolves when the process was asked to end and everything has stopped. */
  async run(): Promise<void> {
    const { dataDir } = this.#settings;
    await prepareDataDir(dataDir);
    await rm(this.#file("dev.json"), { force: true });
    try {
      for (const part of ["kube", "cloud", "sim", "edge"] as const) await this.#startPart(part);
      if (!this.#cli.signal.aborted) {
        await this.#fillCluster();
        this.#serving = true;
        await this.#writeDevJson();
        await this.#greet();
      }
      await aborted(this.#cli.signal);
    } finally {
      this.#serving = false;
      await rm(this.#file("dev.json"), { force: true });
      for (const child of [...this.#children.values()].reverse()) await child.stop(STOP_MS);
    }
  }

  async #startPart(part: PartName): Promise<void> {
    if (!this.#settings.parts.includes(part) || this.#cli.signal.aborted) return;
    const started = performance.now();
    await this.#prepare(part);
    const child = new Child({
      name: part,
      entry: this.#cli.entry,
      args: this.#argsOf(part),
      env: this.#cli.env,
      dataDir: this.#settings.dataDir,
      signal: this.#cli.signal,
      note: this.#cli.note,
      onServing: () => this.#renewDevJson(),
    });
    this.#children.set(part, child);
    await child.start();
    this.#progress(part, Object.values(child.facts).join(", "), performance.now() - started);
  }

  #argsOf(part: PartName): readonly string[] {
    const { logLevel, ports } = this.#settings;
    const level = ["--log-level", logLevel];
    if (part === "sim") return ["sim", "modbus", "--port", String(ports.simModbusPort), ...level];
    return [part, "--config", this.#file(part, "config.yaml"), ...level];
  }

  async #prepare(part: PartName): Promise<void> {
    const settings = this.#settings;
    const config = this.#file(part, "config.yaml");
    if (part === "kube") await updateConfig(config, kubeConfigOf(settings));
    if (part === "cloud") await updateConfig(config, cloudConfigOf(settings));
    if (part === "edge") {
      await this.#enrol();
      await updateConfig(config, edgeConfigOf(settings, this.#children.get("cloud")?.facts["hubUrl"]));
    }
  }

  /** Makes edge-1 the way every node is made: a token, then join. Once; later starts find its certificate. */
  async #enrol(): Promise<void> {
    const root = this.#file("edge");
    const cloud = this.#children.get("cloud");
    if (cloud === undefined || (await exists(join(root, "pki", "edge.crt")))) return;
    const [{ tokenCreate }, { join: joinNode }] = await Promise.all([
      import("../../cloud/commands/token.ts"),
      import("../../edge/commands/join.ts"),
    ]);
    const { token } = await tokenCreate({ kubeconfig: this.#file("kubeconfig"), ttlMs: 10 * 60_000, node: NODE });
    const server = new URL(cloud.facts["enrolUrl"] ?? "").host;
    await joinNode({ server, token, name: NODE, site: SITE, root, progress: () => {}, signal: this.#cli.signal });
  }

  async #fillCluster(): Promise<void> {
    const { parts, ports, bare } = this.#settings;
    if (!parts.includes("kube") || !parts.includes("cloud")) return; // without the cloud nobody has installed the CRDs
    const samples = !bare && parts.includes("sim") ? { modbusPort: ports.simModbusPort } : undefined;
    await applySamples({ kubeconfig: this.#file("kubeconfig"), node: NODE, site: SITE, samples });
  }

  async #greet(): Promise<void> {
    const kubeconfig = this.#settings.parts.includes("kube") ? this.#file("kubeconfig") : undefined;
    const waits = this.#settings.parts.length > 2 && !this.#settings.bare;
    const devices =
      kubeconfig === undefined ? [] : await deviceRows({ kubeconfig, waitForValues: waits, signal: this.#cli.signal });
    this.#cli.note(welcome({ devices, kubeconfig, mqttUrl: this.#children.get("edge")?.facts["mqttUrl"] }));
  }

  /** The contract's dev.json: paths absolute, URLs without trailing slash, no key for what this build or run has not. */
  async #writeDevJson(): Promise<void> {
    const facts = (part: PartName) => this.#children.get(part)?.facts ?? {};
    const pids = Object.fromEntries([...this.#children].map(([part, child]) => [part, child.pid]));
    const json = {
      ready: true,
      pid: process.pid,
      pids,
      ...(this.#children.has("kube")
        ? { kubeconfig: this.#file("kubeconfig"), kubeUrl: facts("kube")["kubeUrl"] }
        : {}),
      mqttUrl: facts("edge")["mqttUrl"],
      hubUrl: facts("cloud")["hubUrl"],
      enrolUrl: facts("cloud")["enrolUrl"],
      cloudMetricsUrl: facts("cloud")["metricsUrl"],
      edgeMetricsUrl: facts("edge")["metricsUrl"],
      simulators: { modbus: facts("sim")["modbus"] },
    };
    await writeWholeFile(this.#file("dev.json"), `${JSON.stringify(json, null, 2)}\n`, 0o600);
  }

  /** A part that came back has another pid. */
  #renewDevJson(): void {
    if (!this.#serving) return;
    this.#writeDevJson().catch((error: unknown) => this.#cli.note(`dev.json not renewed: ${textOf(error)}`));
  }

  #file(...names: readonly string[]): string {
    return join(this.#settings.dataDir, ...names);
  }

  #progress(part: string, where: string, tookMs: number): void {
    const tick = this.#cli.isTerminal ? "\u001b[32m✓\u001b[0m" : "ok";
    this.#cli.note(`${tick} ${part.padEnd(6)} ${where}  (${(tookMs / 1000).toFixed(1)} s)`);
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
