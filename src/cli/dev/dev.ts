import { join } from "node:path";
import { textOf } from "../../shared/kit/fault.ts";
import { aborted } from "../../shared/kit/time.ts";
import type { Cli } from "../cli.ts";
import { Child } from "./child.ts";
import { DevFile } from "./devFile.ts";
import { enrol } from "./enrol.ts";
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
  readonly #devJson: DevFile;
  #serving = false;

  constructor(cli: Cli, settings: DevSettings) {
    this.#cli = cli;
    this.#settings = settings;
    this.#devJson = new DevFile(join(settings.dataDir, "dev.json"));
  }

  /** Resolves when the process was asked to end and everything has stopped. */
  async run(): Promise<void> {
    const { dataDir } = this.#settings;
    await prepareDataDir(dataDir);
    await this.#devJson.dropStale();
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
      await this.#devJson.remove();
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
      const { hubUrl, enrolUrl } = this.#factsOf("cloud");
      await enrol({ dataDir: settings.dataDir, node: NODE, site: SITE, enrolUrl, signal: this.#cli.signal });
      await updateConfig(config, edgeConfigOf(settings, hubUrl));
    }
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
    const pids = Object.fromEntries([...this.#children].map(([part, child]) => [part, child.pid]));
    await this.#devJson.write({
      pids,
      ...(this.#children.has("kube")
        ? { kubeconfig: this.#file("kubeconfig"), kubeUrl: this.#factsOf("kube")["kubeUrl"] }
        : {}),
      mqttUrl: this.#factsOf("edge")["mqttUrl"],
      hubUrl: this.#factsOf("cloud")["hubUrl"],
      enrolUrl: this.#factsOf("cloud")["enrolUrl"],
      cloudMetricsUrl: this.#factsOf("cloud")["metricsUrl"],
      edgeMetricsUrl: this.#factsOf("edge")["metricsUrl"],
      simulators: { modbus: this.#factsOf("sim")["modbus"] },
    });
  }

  /** A part that came back has another pid. */
  #renewDevJson(): void {
    if (!this.#serving) return;
    this.#writeDevJson().catch((error: unknown) => this.#cli.note(`dev.json not renewed: ${textOf(error)}`));
  }

  #factsOf(part: PartName): Child["facts"] {
    return this.#children.get(part)?.facts ?? {};
  }

  #file(...names: readonly string[]): string {
    return join(this.#settings.dataDir, ...names);
  }

  #progress(part: string, where: string, tookMs: number): void {
    const tick = this.#cli.isTerminal ? "\u001b[32m✓\u001b[0m" : "ok";
    this.#cli.note(`${tick} ${part.padEnd(6)} ${where}  (${(tookMs / 1000).toFixed(1)} s)`);
  }
}
