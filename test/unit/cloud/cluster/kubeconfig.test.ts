import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { loadKubeconfig } from "../../../../src/cloud/cluster/kubeconfig.ts";

const folder = mkdtempSync(join(tmpdir(), "edgeloom-kubeconfig-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const config = (name: string) => `
apiVersion: v1
kind: Config
clusters: [{name: ${name}, cluster: {server: "https://${name}:6443"}}]
users: [{name: ${name}, user: {token: t}}]
contexts: [{name: ${name}, context: {cluster: ${name}, user: ${name}}}]
current-context: ${name}
`;

test("takes the current context, or the one that is named, from one file or several", () => {
  const both = `${file("one", config("one"))}:${file("two", config("two"))}`;
  expect(loadKubeconfig({ kubeconfig: both }).getCurrentCluster()?.server).toBe("https://one:6443");
  expect(loadKubeconfig({ kubeconfig: both, context: "two" }).getCurrentCluster()?.server).toBe("https://two:6443");
});

test("a context that is not there is named with those that are", () => {
  const path = file("three", config("three"));
  expect(() => loadKubeconfig({ kubeconfig: path, context: "tree" })).toThrow(/no context "tree".*it has three/);
});

test("a file that is not there or does not parse is a clear fault", () => {
  const missing = join(folder, "missing");
  expect(() => loadKubeconfig({ kubeconfig: missing })).toThrow(expect.objectContaining({ code: "config.missing" }));
  const broken = file("broken", "clusters: [");
  expect(() => loadKubeconfig({ kubeconfig: broken })).toThrow(expect.objectContaining({ code: "config.invalid" }));
  const empty = file("empty", "");
  expect(() => loadKubeconfig({ kubeconfig: empty })).toThrow(expect.objectContaining({ code: "config.invalid" }));
});
