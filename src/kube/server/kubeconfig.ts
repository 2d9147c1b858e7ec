import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { writeWholeFile } from "../../shared/kit/wholeFile.ts";

const NAME = "edgeloom";

interface KubeconfigParts {
  readonly url: string;
  readonly caCertificate: string;
  readonly token: string;
}

/** Writes the admin's kubeconfig, readable by its owner only; whoever reads meanwhile sees the old one or the new one. */
export async function writeKubeconfig(path: string, { url, caCertificate, token }: KubeconfigParts): Promise<void> {
  // JSON is YAML, and needs no writer.
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: NAME,
        cluster: { server: url, "certificate-authority-data": Buffer.from(caCertificate).toString("base64") },
      },
    ],
    users: [{ name: NAME, user: { token } }],
    contexts: [{ name: NAME, context: { cluster: NAME, user: NAME } }],
    "current-context": NAME,
  };
  await mkdir(dirname(path), { recursive: true });
  await writeWholeFile(path, `${JSON.stringify(config, undefined, 2)}\n`, 0o600);
}
