import { kubeConfig } from "../../src/kube/config.ts";
import { run } from "../../src/kube/main.ts";
import { quietLog } from "./quietLog.ts";

/** A server of its own process, for tests that kill it: `node --import tsx kubeProcess.ts DATADIR`. */
const [, , dataDir = ""] = process.argv;
const config = kubeConfig.parse({ dataDir, port: 0 });
const ended = run(config, {
  log: quietLog,
  signal: new AbortController().signal,
  onReady: (facts) => process.stdout.write(`${JSON.stringify(facts)}\n`),
});
ended.catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
});
