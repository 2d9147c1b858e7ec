import http from "node:http";
import https from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import { Fault, textOf } from "../../shared/kit/fault.ts";
import type { Clock } from "../../shared/kit/time.ts";

/** What each request needs: the agent that holds the connections (with TLS and client certificate), and its headers. */
export interface Access {
  readonly agent: http.Agent;
  readonly headers: Readonly<Record<string, string>>;
}

/** A token or certificate file may be renewed under us (in-cluster tokens are, hourly); so it is read again this often. */
const RENEW_MS = 60_000;
/** Enough for the status writes in flight beside the watches. */
const MAX_SOCKETS = 64;

/** The kubeconfig's credentials, kept for a minute or until the server refuses them, and one agent per set of TLS keys. */
export class Credentials {
  readonly #config: KubeConfig;
  readonly #clock: Clock;
  #access: Access | undefined;
  #readAt = 0;
  #tls = "";

  constructor({ config, clock }: { config: KubeConfig; clock: Clock }) {
    this.#config = config;
    this.#clock = clock;
  }

  async access(): Promise<Access> {
    if (this.#access === undefined || this.#clock.monotonic() - this.#readAt > RENEW_MS) {
      this.#access = await this.#read();
      this.#readAt = this.#clock.monotonic();
    }
    return this.#access;
  }

  /** After a 401: the next request reads them again. */
  forget(): void {
    this.#readAt = Number.NEGATIVE_INFINITY;
  }

  close(): void {
    this.#access?.agent.destroy();
    this.#access = undefined;
  }

  async #read(): Promise<Access> {
    const options: https.RequestOptions = {};
    try {
      await this.#config.applyToHTTPSOptions(options);
    } catch (cause) {
      throw new Fault("config.invalid", `cannot use the kubeconfig's credentials: ${textOf(cause)}`, { cause });
    }
    const { ca, cert, key, servername, rejectUnauthorized } = options;
    const tls = JSON.stringify([ca, cert, key, servername, rejectUnauthorized].map(String));
    const headers = { ...basic(options.auth), ...textHeaders(options.headers) };
    if (this.#access !== undefined && tls === this.#tls) return { agent: this.#access.agent, headers };
    this.#tls = tls;
    return { agent: agentFor(this.#config, options), headers };
  }
}

/** The library makes an agent without keep-alive per call; ours keeps connections. Behind a proxy the library's serves. */
function agentFor(config: KubeConfig, options: https.RequestOptions): http.Agent {
  const cluster = config.getCurrentCluster();
  if (cluster?.proxyUrl && options.agent instanceof http.Agent) return options.agent;
  const common = { keepAlive: true, keepAliveMsecs: 10_000, maxSockets: MAX_SOCKETS };
  if (cluster?.server.startsWith("http:")) return new http.Agent(common);
  const { ca, cert, key, servername, rejectUnauthorized } = options;
  return new https.Agent({ ...common, ca, cert, key, servername, rejectUnauthorized });
}

function basic(auth: string | null | undefined): Record<string, string> {
  return auth ? { authorization: `Basic ${Buffer.from(auth).toString("base64")}` } : {};
}

function textHeaders(headers: https.RequestOptions["headers"]): Record<string, string> {
  if (headers === undefined || Array.isArray(headers)) return {};
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name.toLowerCase(), `${value}`]])),
  );
}
