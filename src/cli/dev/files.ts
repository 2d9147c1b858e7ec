import { mkdir, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parse, stringify } from "yaml";
import { layOver } from "../../shared/kit/config.ts";
import { Fault, textOf } from "../../shared/kit/fault.ts";
import type { DevSettings } from "./settings.ts";

/** Makes DIR, or says in one line why it cannot be used. */
export async function prepareDataDir(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    const probe = join(dataDir, ".writable");
    await (await open(probe, "w")).close();
    await rm(probe);
  } catch (cause) {
    throw new Fault(
      "config.dataDir",
      `cannot write the data directory ${dataDir}: ${textOf(cause)}; choose another with --data-dir`,
      { cause },
    );
  }
}

/** Lays what dev decides over what the file has, so that a person's own settings stay. */
export async function updateConfig(path: string, decided: Record<string, unknown>): Promise<void> {
  const before = await readFile(path, "utf8").then(
    (text) => (parse(text) ?? {}) as Record<string, unknown>,
    () => ({}),
  );
  await writeWhole(path, stringify(layOver(before, decided)));
}

export const kubeConfigOf = ({ dataDir, ports }: DevSettings): Record<string, unknown> => ({
  dataDir: join(dataDir, "kube"),
  port: ports.kubePort,
  kubeconfig: join(dataDir, "kubeconfig"),
});

export const cloudConfigOf = ({ dataDir, ports }: DevSettings): Record<string, unknown> => ({
  kubeconfig: join(dataDir, "kubeconfig"),
  installCrds: true,
  hub: { host: "127.0.0.1", port: ports.hubPort },
  enrol: { host: "127.0.0.1", port: ports.enrolPort },
  metrics: { port: ports.cloudMetricsPort },
});

/** Over what `join` wrote: the ports of this run. */
export const edgeConfigOf = ({ ports }: DevSettings, hubUrl: string | undefined): Record<string, unknown> => ({
  ...(hubUrl === undefined ? {} : { hub: { url: hubUrl } }),
  mqtt: { port: ports.mqttPort },
  metrics: { port: ports.edgeMetricsPort },
});

/** Writes beside and renames, so that nobody reads half a file. */
export async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const fresh = `${path}.new`;
  await writeFile(fresh, text, { mode: 0o600 });
  await rename(fresh, path);
}
