import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { Fault } from "../../shared/kit/fault.ts";
import type { Logger } from "../../shared/kit/logger.ts";
import type { Clock } from "../../shared/kit/time.ts";
import { readYaml } from "../../shared/kit/yaml.ts";
import type { ObjectMeta } from "../../shared/model/resources/metadata.ts";
import { type ClusterFacts, readClusterFacts } from "./clusterFacts.ts";
import type { KubeClient } from "./kubeClient.ts";
import { isConflict, isNotFound } from "./kubeFault.ts";
import { CRDS, pathOf } from "./resourcePath.ts";

/** The same from src/ and from dist/. */
const CRD_FOLDER = new URL("../../../charts/edgeloom/crds/", import.meta.url);
/** Says that a CRD is ours, and which text it was made of. */
const DIGEST_ANNOTATION = "edgeloom.io/crd-digest";
const ESTABLISHED_MS = 15_000;
const LOOK_AGAIN_MS = 100;

interface Crd {
  readonly metadata: ObjectMeta;
  readonly spec: { readonly names: { readonly categories?: readonly string[] } };
}

interface InstallerParts {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Applies our CRDs where they are missing or older; KubeEdge's own are left as they are. Resolves with what the server
 * serves then. Throws `config.missing` where it does not serve what we need.
 */
export async function installCrds(parts: InstallerParts, signal: AbortSignal): Promise<ClusterFacts> {
  const { client, clock } = parts;
  for (const file of (await readdir(CRD_FOLDER)).filter((name) => name.endsWith(".yaml")).sort()) {
    await apply(parts, { file, text: await readFile(new URL(file, CRD_FOLDER), "utf8") }, signal);
  }
  for (const until = clock.monotonic() + ESTABLISHED_MS; ; await clock.sleep(LOOK_AGAIN_MS, signal)) {
    const facts = await readClusterFacts(client, signal);
    if (facts.missing.length === 0 || clock.monotonic() > until) return checked(client, facts);
  }
}

/** What the server serves; `config.missing`, with what to do, where that is not enough. */
export async function requireCrds({ client }: { client: KubeClient }, signal: AbortSignal): Promise<ClusterFacts> {
  return checked(client, await readClusterFacts(client, signal));
}

function checked(client: KubeClient, facts: ClusterFacts): ClusterFacts {
  if (facts.missing.length === 0) return facts;
  throw new Fault(
    "config.missing",
    `${client.server} does not serve ${facts.missing.join(", ")} of devices.kubeedge.io/v1beta1: ` +
      "kubectl apply -f charts/edgeloom/crds, or start the cloud with --install-crds",
  );
}

async function apply(
  { client, log }: InstallerParts,
  { file, text }: { readonly file: string; readonly text: string },
  signal: AbortSignal,
): Promise<void> {
  // Not the library's loadYaml: its generated types lose every x-kubernetes-… key of a schema.
  const manifest = readYaml(text, file) as unknown as Crd; // our own file
  const { name } = manifest.metadata;
  const digest = createHash("sha256").update(text).digest("hex").slice(0, 16);
  const annotations = { ...manifest.metadata.annotations, [DIGEST_ANNOTATION]: digest };
  const wanted = { ...manifest, metadata: { ...manifest.metadata, annotations } };
  const path = pathOf(CRDS, { name });
  const before = await readOrUndefined(client, path, signal);
  if (before === undefined) {
    try {
      await client.request({ method: "POST", path: pathOf(CRDS), body: wanted }, signal);
      log.info("resource definition installed", { crd: name });
    } catch (error) {
      if (!isConflict(error)) throw error; // else another cloud has just installed it
    }
    return;
  }
  if (before.metadata.annotations?.[DIGEST_ANNOTATION] === digest) return;
  if (!isOurs(before)) {
    log.info("resource definition of KubeEdge kept", { crd: name });
    return;
  }
  const { resourceVersion } = before.metadata;
  const body = {
    ...wanted,
    metadata: { ...wanted.metadata, annotations: { ...before.metadata.annotations, ...annotations }, resourceVersion },
  };
  await client.request({ method: "PUT", path, body }, signal);
  log.info("resource definition renewed", { crd: name });
}

const isOurs = ({ spec }: Crd): boolean => spec.names.categories?.includes("edgeloom") === true;

async function readOrUndefined(client: KubeClient, path: string, signal: AbortSignal): Promise<Crd | undefined> {
  try {
    return await client.request<Crd>({ method: "GET", path }, signal);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
