import { type ChildProcess, spawn } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { createWriteStream, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { callApi, type KubeApi } from "./kubeApi.ts";

/** Where kube-apiserver and etcd are, by envtest's convention or as `.ci/build-kubernetes.sh` leaves them. */
export const CLUSTER_PROGRAMS =
  process.env["KUBEBUILDER_ASSETS"] ??
  join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "edgeloom/kubebuilder/bin");

export const hasClusterPrograms = (): boolean =>
  ["kube-apiserver", "etcd"].every((name) => existsSync(join(CLUSTER_PROGRAMS, name)));

const START_MS = 60_000;

/**
 * A kube-apiserver of its own on loopback, with its etcd: the real thing, without the controllers (so a deleted
 * namespace stays Terminating, and nobody collects garbage).
 */
export class RealCluster {
  readonly #dir = mkdtempSync(join(tmpdir(), "edgeloom-cluster-"));
  readonly #token = randomBytes(16).toString("hex");
  readonly #running: { readonly name: string; readonly process: ChildProcess }[] = [];
  #server = "";

  get api(): KubeApi {
    const ca = readFileSync(join(this.#dir, "certs/apiserver.crt"), "utf8");
    return { server: this.#server, ca, token: this.#token };
  }

  /** Path of an administrator's kubeconfig, for kubectl and for our own cloud. */
  get kubeconfig(): string {
    return join(this.#dir, "kubeconfig");
  }

  /** Resolves once /readyz says ok. */
  async start(): Promise<void> {
    if (!hasClusterPrograms()) {
      throw new Error(`no kube-apiserver and etcd in ${CLUSTER_PROGRAMS}: run .ci/build-kubernetes.sh`);
    }
    const [client = 0, peer = 0, secure = 0] = await freePorts(3);
    const signing = this.#writeCredentials();
    this.#run("etcd", etcdFlags(join(this.#dir, "etcd"), client, peer));
    this.#run("kube-apiserver", [
      `--etcd-servers=http://127.0.0.1:${client}`,
      "--bind-address=127.0.0.1",
      "--advertise-address=127.0.0.1",
      `--secure-port=${secure}`,
      `--cert-dir=${join(this.#dir, "certs")}`,
      "--service-account-issuer=https://kubernetes.default.svc",
      `--service-account-key-file=${signing}`,
      `--service-account-signing-key-file=${signing}`,
      "--authorization-mode=RBAC",
      `--token-auth-file=${join(this.#dir, "tokens.csv")}`,
      "--service-cluster-ip-range=10.0.0.0/24",
      // Nobody here makes the default service accounts, and loopback is no valid endpoint.
      "--disable-admission-plugins=ServiceAccount",
      "--endpoint-reconciler-type=none",
    ]);
    this.#server = `https://127.0.0.1:${secure}`;
    await this.#untilReady();
    writeFileSync(this.kubeconfig, kubeconfigText(this.api), { mode: 0o600 });
  }

  /** The API server first: without its etcd it would wait. */
  async stop(): Promise<void> {
    for (const { process: child } of this.#running.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const gone = new Promise((done) => child.once("exit", done));
      child.kill("SIGKILL");
      await gone;
    }
    rmSync(this.#dir, { recursive: true, force: true });
  }

  #writeCredentials(): string {
    const signing = join(this.#dir, "signing.key");
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    writeFileSync(signing, privateKey.export({ type: "pkcs1", format: "pem" }), { mode: 0o600 });
    writeFileSync(join(this.#dir, "tokens.csv"), `${this.#token},admin,admin,"system:masters"\n`, { mode: 0o600 });
    return signing;
  }

  #run(name: string, flags: readonly string[]): void {
    const child = spawn(join(CLUSTER_PROGRAMS, name), flags, { cwd: this.#dir, stdio: ["ignore", "ignore", "pipe"] });
    child.stderr.pipe(createWriteStream(join(this.#dir, `${name}.log`)));
    this.#running.push({ name, process: child });
  }

  async #untilReady(): Promise<void> {
    const until = Date.now() + START_MS;
    for (;;) {
      const dead = this.#running.find(({ process: child }) => child.exitCode !== null);
      if (dead !== undefined || Date.now() > until) {
        const name = dead?.name ?? "kube-apiserver";
        const log = readFileSync(join(this.#dir, `${name}.log`), "utf8");
        throw new Error(`${name} ${dead ? "ended" : "is not ready"}:\n${log.slice(-3000)}`);
      }
      if (await this.#isReady()) return;
      await new Promise((done) => setTimeout(done, 100));
    }
  }

  async #isReady(): Promise<boolean> {
    try {
      return (await callApi(this.api, "GET", "/readyz")).status === 200;
    } catch {
      // Not listening yet, or its certificate is not written yet.
      return false;
    }
  }
}

function etcdFlags(dataDir: string, client: number, peer: number): string[] {
  const [clients, peers] = [`http://127.0.0.1:${client}`, `http://127.0.0.1:${peer}`];
  return [
    "--name=e",
    `--data-dir=${dataDir}`,
    `--listen-client-urls=${clients}`,
    `--advertise-client-urls=${clients}`,
    `--listen-peer-urls=${peers}`,
    `--initial-advertise-peer-urls=${peers}`,
    `--initial-cluster=e=${peers}`,
    "--unsafe-no-fsync",
  ];
}

function kubeconfigText({ server, ca, token }: KubeApi): string {
  const authority = Buffer.from(ca).toString("base64");
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "test", cluster: { server, "certificate-authority-data": authority } }],
    users: [{ name: "test", user: { token } }],
    contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
    "current-context": "test",
  });
}

/** Ports that were free a moment ago: these programs cannot be told to take any. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((done) => {
          server.listen(0, "127.0.0.1", () => {
            const address = server.address();
            done(typeof address === "object" && address !== null ? address.port : 0);
          });
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}
