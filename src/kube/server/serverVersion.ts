import type { JsonObject } from "../json.ts";

/** `GET /version`: the Kubernetes release whose behaviour this server has, marked as ours. */
export function serverVersion(): JsonObject {
  return {
    major: "1",
    minor: "32",
    gitVersion: "v1.32.0+edgeloom",
    gitCommit: "0000000000000000000000000000000000000000",
    gitTreeState: "clean",
    buildDate: "1970-01-01T00:00:00Z",
    goVersion: "none",
    compiler: "none",
    platform: "linux/amd64",
  };
}
