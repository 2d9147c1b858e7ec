import type { KubeClient } from "./kubeClient.ts";
import { isConflict, isNotFound } from "./kubeFault.ts";
import { NAMESPACES, pathOf, SECRETS } from "./resourcePath.ts";

/** Secrets of one namespace, as texts; base64 stays in here. */
export class SecretStore {
  readonly #client: KubeClient;
  readonly #namespace: string;
  readonly #signal: AbortSignal;

  constructor({ client, namespace, signal }: { client: KubeClient; namespace: string; signal: AbortSignal }) {
    this.#client = client;
    this.#namespace = namespace;
    this.#signal = signal;
  }

  /** Undefined if there is none of that name. */
  async read(name: string): Promise<Readonly<Record<string, string>> | undefined> {
    try {
      const { data = {} } = await this.#client.request<{ readonly data?: Readonly<Record<string, string>> }>(
        { method: "GET", path: pathOf(SECRETS, { namespace: this.#namespace, name }) },
        this.#signal,
      );
      return Object.fromEntries(
        Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]),
      );
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** `state.conflict` if it exists, so that of two who make it at once one learns of the other's. */
  async create(name: string, data: Readonly<Record<string, string>>): Promise<void> {
    const body = {
      apiVersion: "v1",
      kind: "Secret",
      type: "Opaque",
      metadata: { name, namespace: this.#namespace },
      data: Object.fromEntries(
        Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "utf8").toString("base64")]),
      ),
    };
    const creation = { method: "POST", path: pathOf(SECRETS, { namespace: this.#namespace }), body } as const;
    try {
      await this.#client.request(creation, this.#signal);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await this.#createNamespace();
      await this.#client.request(creation, this.#signal);
    }
  }

  async #createNamespace(): Promise<void> {
    const body = { apiVersion: "v1", kind: "Namespace", metadata: { name: this.#namespace } };
    try {
      await this.#client.request({ method: "POST", path: pathOf(NAMESPACES), body }, this.#signal);
    } catch (error) {
      if (!isConflict(error)) throw error; // else somebody has just made it
    }
  }
}
