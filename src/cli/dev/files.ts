import { mkdir, open, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { layOver } from "../../shared/kit/config.ts";
import { Fault, textOf } from "../../shared/kit/fault.ts";
import { readIfThere, writeWholeFile } from "../../shared/kit/wholeFile.ts";
import { formatYaml, readYaml } from "../../shared/kit/yaml.ts";
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
  const before = readYaml((await readIfThere(path)) ?? "", path);
  await mkdir(dirname(path), { recursive: true });
  await writeWholeFile(path, formatYaml(layOver(before, decided)), 0o600);
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
