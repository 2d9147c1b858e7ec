import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type ApiAnswer, apiOf, callApi, type KubeApi } from "./kubeApi.ts";

const ENTRY = resolve(import.meta.dirname, "../../bin/edgeloom");
const PORT_FLAGS = [
  "--kube-port",
  "--hub-port",
  "--enrol-port",
  "--mqtt-port",
  "--cloud-metrics-port",
  "--edge-metrics-port",
  "--sim-modbus-port",
];

export interface DevFile {
  readonly pid: number;
  readonly pids: Readonly<Record<string, number>>;
  readonly kubeconfig: string;
  readonly kubeUrl: string;
  readonly mqttUrl: string;
  readonly hubUrl: string;
  readonly enrolUrl: string;
  readonly cloudMetricsUrl: string;
  readonly edgeMetricsUrl: string;
  readonly simulators: { readonly modbus?: string };
}

/** A whole `edgeloom dev` on free ports and a directory of its own, driven from outside as a user would. */
export class DevStack {
  readonly dataDir: string;
  readonly #args: readonly string[];
  #process: ChildProcess | undefined;
  #output = "";
  #file: DevFile | undefined;

  constructor({ args = [], dataDir }: { readonly args?: readonly string[]; readonly dataDir?: string } = {}) {
    this.dataDir = dataDir ?? mkdtempSync(join(tmpdir(), "edgeloom-dev-"));
    this.#args = args;
  }

  /** All that it printed so far. */
  get output(): string {
    return this.#output;
  }

  /** dev.json as it is now; a part that was restarted has another pid. */
  get file(): DevFile {
    if (existsSync(join(this.dataDir, "dev.json"))) {
      this.#file = JSON.parse(readFileSync(join(this.dataDir, "dev.json"), "utf8")) as DevFile;
    }
    if (this.#file === undefined) throw new Error(`no dev.json yet; it printed:\n${this.#output}`);
    return this.#file;
  }

  async start(): Promise<DevFile> {
    const ports = PORT_FLAGS.filter((flag) => !this.#args.includes(flag)).flatMap((flag) => [flag, "0"]);
    const child = spawn(process.execPath, [ENTRY, "dev", "--data-dir", this.dataDir, ...ports, ...this.#args], {
      env: { ...process.env, EDGELOOM_CHILD: "test" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#output += text;
      });
    }
    await eventually(() => {
      if (child.exitCode !== null) throw new Fatal(`dev ended with ${child.exitCode}:\n${this.#output}`);
      return existsSync(join(this.dataDir, "dev.json"));
    }, 60_000);
    return this.file;
  }

  /** Ends it as Ctrl-C would, and gives its exit code. */
  async stop({ keep = false }: { readonly keep?: boolean } = {}): Promise<number | null> {
    const child = this.#process;
    if (child && child.exitCode === null) {
      const gone = new Promise((done) => child.once("exit", done));
      child.kill("SIGTERM");
      await gone;
    }
    if (!keep) rmSync(this.dataDir, { recursive: true, force: true });
    return child?.exitCode ?? null;
  }

  /** The admin's way in: address, CA and token of the kubeconfig. */
  access(): KubeApi {
    return apiOf(this.file.kubeconfig);
  }

  /** One request to the Kubernetes API with the admin's kubeconfig; PATCH is a merge patch. */
  api(method: string, path: string, body?: unknown): Promise<ApiAnswer> {
    return callApi(this.access(), method, path, { body });
  }

  /** Creates, or replaces the spec of, each object of namespace `default` (or cluster-scoped ones, by their `path`). */
  async apply(path: string, object: { readonly metadata: { readonly name: string } }): Promise<ApiAnswer> {
    const created = await this.api("POST", path, object);
    return created.status === 409 ? this.api("PATCH", `${path}/${object.metadata.name}`, object) : created;
  }

  deviceStatus(name: string): Promise<ApiAnswer> {
    return this.api("GET", `${DEVICES_API}/devicestatuses/${name}`);
  }

  device(name: string): Promise<ApiAnswer> {
    return this.api("GET", `${DEVICES_API}/devices/${name}`);
  }

  async metric(side: "cloud" | "edge", name: string): Promise<number> {
    const url = side === "cloud" ? this.file.cloudMetricsUrl : this.file.edgeMetricsUrl;
    const text = await (await fetch(`${url}/metrics`)).text();
    const lines = text.split("\n").filter((line) => line.startsWith(name) && /^[{ ]/.test(line.slice(name.length)));
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
  }
}

export const DEVICES_API = "/apis/devices.kubeedge.io/v1beta1/namespaces/default";

/** Stops `eventually` at once. */
class Fatal extends Error {}

/** Asks again until the answer is true or does not throw; the last failure is the error. For states, never for timing. */
export async function eventually<T>(ask: () => T | Promise<T>, withinMs = 10_000): Promise<T> {
  const until = performance.now() + withinMs;
  for (;;) {
    let failure: unknown = new Error("still false");
    try {
      const answer = await ask();
      if (answer !== false && answer !== undefined) return answer;
    } catch (error) {
      if (error instanceof Fatal) throw error;
      failure = error;
    }
    if (performance.now() > until) throw failure;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
