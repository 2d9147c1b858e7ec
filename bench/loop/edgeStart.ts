import { spawn } from "node:child_process";
import { join, resolve } from "node:path";
import { DevStack, eventually } from "../../test/support/devStack.ts";
import { type Figure, usage } from "../harness.ts";

const ENTRY = resolve(import.meta.dirname, "../../bin/edgeloom");

/** V8 gives back what the start needed after some seconds. */
const IDLE_MS = 20_000;

/** A joined edge, its cloud up: how long from the start of the process to the hub's hello, and what it needs when idle. */
export async function edgeStart({ runs }: { readonly runs: number }): Promise<Figure[]> {
  const first = new DevStack({ args: ["--no-sim"] });
  const { kubeUrl, hubUrl, enrolUrl, cloudMetricsUrl } = await first.start();
  await first.stop({ keep: true });
  // The same cloud again where the edge looks for it, without the edge.
  const port = (url: string) => new URL(url).port;
  const ports = ["--kube-port", port(kubeUrl), "--hub-port", port(hubUrl), "--enrol-port", port(enrolUrl)];
  const stack = new DevStack({
    dataDir: first.dataDir,
    args: ["--no-sim", "--parts", "kube,cloud", ...ports, "--cloud-metrics-port", port(cloudMetricsUrl)],
  });
  try {
    await stack.start();
    const config = join(stack.dataDir, "edge", "config.yaml");
    const connected: number[] = [];
    const rss: number[] = [];
    for (let run = 0; run < runs + 1; run++) {
      const sample = await startOnce(stack, config);
      if (run > 0) connected.push(sample.connectedMs); // the first one warms the disk cache
      if (run > 0) rss.push(sample.rssMiB);
    }
    return [
      {
        name: "edge start → connected",
        unit: "ms",
        goal: "≤ 500",
        runs: connected,
        note: "spawn to the hub's hello, warm",
      },
      {
        name: "edge RSS, idle",
        unit: "MiB",
        goal: "≤ 90",
        runs: rss,
        note: `no devices, ${IDLE_MS / 1000} s after the start`,
      },
    ];
  } finally {
    await stack.stop();
  }
}

async function startOnce(stack: DevStack, config: string) {
  const started = performance.now();
  const child = spawn(process.execPath, [ENTRY, "edge", "--config", config], {
    env: { ...process.env, EDGELOOM_CHILD: "bench" },
    stdio: ["ignore", "pipe", "ignore"],
  });
  try {
    const connectedMs = await new Promise<number>((done, failed) => {
      child.once("exit", (code) => failed(new Error(`the edge ended with ${code}`)));
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        if (text.includes('"msg":"hub connected"')) done(performance.now() - started);
      });
    });
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
    return { connectedMs, rssMiB: usage(child.pid ?? 0).rssMiB };
  } finally {
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await gone;
    await eventually(async () => (await stack.metric("cloud", "edgeloom_hub_sessions")) === 0);
  }
}
