import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type RunningKube, startKube } from "./kubeServer.ts";

const GOLDEN = join(import.meta.dirname, "../golden/kubernetes");

/** Needs a server without controllers; ours plays them. */
const SKIPPED = ["--skip", "no-namespace-controller,no-garbage-collector"];

/** The recorded answers of a real Kubernetes 1.32, and an embedded API of their own to play them against. */
export class GoldenReplay {
  readonly #kube: RunningKube;
  readonly #directory: string;

  constructor(kube: RunningKube, directory: string) {
    this.#kube = kube;
    this.#directory = directory;
  }

  static async start(): Promise<GoldenReplay> {
    const directory = await mkdtemp(join(tmpdir(), "edgeloom-golden-"));
    await cp(GOLDEN, directory, { recursive: true });
    for (const name of await readdir(directory, { recursive: true })) {
      if (name.endsWith(".json")) await withoutManagedFields(join(directory, name));
    }
    return new GoldenReplay(await startKube(), directory);
  }

  /** Runs the recorded replayer, exactly as it is, and gives the end of its report. */
  async play(part: "http" | "kubectl", except: readonly string[]): Promise<string> {
    const only = part === "http" ? "--skip-kubectl" : "--skip-http";
    const options = [only, "--except", except.join(","), ...SKIPPED];
    const argv = [join(GOLDEN, "replay.mjs"), "--kubeconfig", this.#kube.kubeconfigPath, this.#directory, ...options];
    try {
      const { stdout } = await promisify(execFile)(process.execPath, argv, { maxBuffer: 1e8 });
      return stdout.slice(-4000);
    } catch (error) {
      // Exit code 1 says that scenarios failed; which, stands in the output.
      return (error as { stdout: string }).stdout.slice(-4000);
    }
  }

  async stop(): Promise<void> {
    await this.#kube.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** Who wrote which field is not kept yet. */
async function withoutManagedFields(path: string): Promise<void> {
  const text = await readFile(path, "utf8");
  const stripped = JSON.stringify(JSON.parse(text), (key, value: unknown) =>
    key === "managedFields" ? undefined : value,
  );
  await writeFile(path, stripped);
}
