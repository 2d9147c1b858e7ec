import { join } from "node:path";
import { Fault } from "../../shared/kit/fault.ts";
import { readIfThere } from "../../shared/kit/wholeFile.ts";
import { readYaml } from "../../shared/kit/yaml.ts";

interface EnrolRequest {
  /** Everything of `edgeloom dev`, absolute. */
  readonly dataDir: string;
  readonly node: string;
  readonly site: string;
  /** Of the cloud that this `edgeloom dev` runs; undefined if it runs none. */
  readonly enrolUrl: string | undefined;
  readonly signal: AbortSignal;
}

const TOKEN_MS = 10 * 60_000;

/**
 * Makes an edge the way every node is made: a token, then `join`, which changes nothing where it has been done and joins
 * anew where the cloud has another CA (its database was moved away). Without a cloud of its own it asks the one that
 * another `edgeloom dev` runs on this directory, if the edge has not joined yet.
 */
export async function enrol({ dataDir, node, site, enrolUrl, signal }: EnrolRequest): Promise<void> {
  const root = join(dataDir, "edge");
  const server = enrolUrl === undefined ? await otherServer(dataDir, root) : new URL(enrolUrl).host;
  if (server === undefined) return;
  const [{ tokenCreate }, { join: joinNode }] = await Promise.all([
    import("../../cloud/commands/token.ts"),
    import("../../edge/commands/join.ts"),
  ]);
  const { token } = await tokenCreate({ kubeconfig: join(dataDir, "kubeconfig"), ttlMs: TOKEN_MS, node });
  await joinNode({ server, token, name: node, site, root, progress: () => {}, signal });
}

/** HOST:PORT of a cloud that may run beside us; undefined if the edge has joined already. */
async function otherServer(dataDir: string, root: string): Promise<string | undefined> {
  if ((await readIfThere(join(root, "pki", "edge.crt"))) !== undefined) return undefined;
  const path = join(dataDir, "cloud", "config.yaml");
  const { enrol } = readYaml((await readIfThere(path)) ?? "", path) as { enrol?: { port?: number } };
  if (enrol?.port !== undefined) return `127.0.0.1:${enrol.port}`;
  throw new Fault(
    "config.missing",
    `${root} has joined no cloud yet, and ${dataDir} has none; start with --parts kube,cloud first, or join one: edgeloom join HOST:PORT --token … --name … --root ${root}`,
  );
}
