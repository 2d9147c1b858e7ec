import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { KubeFacts } from "../../../src/kube/main.ts";
import { startKube } from "../../support/kubeServer.ts";
import { RawKube } from "../../support/rawKube.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";

let dataDir = "";
let server: ChildProcess | undefined;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "edgeloom-killed-"));
});
afterEach(async () => {
  server?.kill("SIGKILL");
  await rm(dataDir, { recursive: true, force: true });
});

async function startProcess(): Promise<KubeFacts> {
  const script = fileURLToPath(import.meta.resolve("../../support/kubeProcess.ts"));
  server = spawn(process.execPath, ["--import", "tsx", script, dataDir], { stdio: ["ignore", "pipe", "inherit"] });
  if (!server.stdout) throw new Error("no output to read");
  const [line] = await once(server.stdout, "data");
  return JSON.parse(String(line));
}

it("has everything that it acknowledged after it was killed in the middle of writing", async () => {
  const { kubeUrl, kubeconfig } = await startProcess();
  const raw = new RawKube({ url: kubeUrl, kubeconfigPath: kubeconfig, dataDir, stop: async () => {} });
  const acknowledged: string[] = [];
  const write = async (writer: number) => {
    for (let turn = 0; ; turn++) {
      const name = `m-${writer}-${turn}`;
      const { status } = await raw.call("POST", MAPS, { body: { metadata: { name } } });
      if (status !== 201) throw new Error(`status ${status}`);
      acknowledged.push(name);
      if (acknowledged.length === 300) server?.kill("SIGKILL");
    }
  };
  const writers = Array.from({ length: 8 }, (_, writer) => write(writer));
  await Promise.allSettled(writers);
  expect(acknowledged.length).toBeGreaterThanOrEqual(300);

  const kube = await startKube({ dataDir });
  const { items } = JSON.parse((await new RawKube(kube).call("GET", MAPS)).text);
  await kube.stop();
  const stored = new Set(items.map((item: { metadata: { name: string } }) => item.metadata.name));
  expect(acknowledged.filter((name) => !stored.has(name))).toEqual([]);
});
