import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type RunningKube, startKube } from "../../support/kubeServer.ts";

const GOLDEN = join(import.meta.dirname, "../../golden/kubernetes");

/** Scenarios that this server does not answer as recorded, each with its reason. */
const DIFFERENT = {
  "http/apply": "server-side apply is not served yet",
  "http/dryrun/writes": "two of its steps are server-side apply",
  "http/strict/patch-put": "two of its steps are server-side apply",
  "http/crud/content-types": "YAML is compared as text, with managedFields; Status in protobuf",
  "http/schema/numbers-exact": "YAML is compared as text, with managedFields; 1e1 and 10 are one number here",
  "http/patch/merge-mistakes": "an error text quotes an object with managedFields",
  "http/patch/strategic-configmap": "an error text is a Go map",
  "http/crud/create-mistakes": "which side of && a CEL error names",
  "http/errors/methods": "Node's parser refuses methods that HTTP does not know with 400",
  "http/discovery/aggregated": "nodes/proxy and serviceaccounts/token are not served, so they are not listed",
};

/** The same for kubectl. */
const DIFFERENT_FOR_KUBECTL = {
  "kubectl/apply/server-side": "server-side apply is not served yet",
  "kubectl/apply/configmap": "ends with a server-side apply",
};

let kube: RunningKube;
let directory = "";

beforeAll(async () => {
  kube = await startKube();
  directory = await mkdtemp(join(tmpdir(), "edgeloom-golden-"));
  await cp(GOLDEN, directory, { recursive: true });
  for (const name of await readdir(directory, { recursive: true })) {
    if (name.endsWith(".json")) await withoutManagedFields(join(directory, name));
  }
});
afterAll(async () => {
  await kube.stop();
  await rm(directory, { recursive: true, force: true });
});

it("answers as the recorded Kubernetes 1.32 did, in every scenario but the listed ones", async () => {
  const { stdout } = await replay("--skip-kubectl", "--except", Object.keys(DIFFERENT).join(","));
  expect(stdout.slice(-4000)).toMatch(/^\d+ passed, 0 failed$/m);
}, 120_000);

it.skipIf(!hasKubectl())(
  "makes kubectl print what it printed then",
  async () => {
    const { stdout } = await replay("--skip-http", "--except", Object.keys(DIFFERENT_FOR_KUBECTL).join(","));
    expect(stdout.slice(-4000)).toMatch(/^\d+ passed, 0 failed$/m);
  },
  120_000,
);

function hasKubectl(): boolean {
  return (process.env["PATH"] ?? "").split(":").some((folder) => existsSync(join(folder, "kubectl")));
}

/** The recorded replayer, exactly as it is; what it prints is the report. */
async function replay(...args: string[]): Promise<{ stdout: string }> {
  const argv = [join(GOLDEN, "replay.mjs"), "--kubeconfig", kube.kubeconfigPath, directory, ...args];
  const skip = ["--skip", "no-namespace-controller,no-garbage-collector"];
  try {
    return await promisify(execFile)(process.execPath, [...argv, ...skip], { maxBuffer: 1e8 });
  } catch (error) {
    // Exit code 1 says that scenarios failed; what they were stands in the output.
    return error as { stdout: string };
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
