import { X509Certificate } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import { isIP } from "node:net";
import { Fault } from "../../shared/kit/fault.ts";
import { fingerprint } from "../../shared/kit/pem.ts";
import { within } from "../../shared/kit/time.ts";
import { ENROLMENT, HEADERS } from "../../shared/wire/enrolment.ts";

const ANSWER_MS = 10_000;
const DEFAULT_PORT = 10_002;

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface CertificateRequest {
  readonly ca: Buffer;
  readonly csr: Buffer;
  readonly jwt: string;
  readonly node: string;
  readonly site: string | undefined;
}

/** The enrolment listener of a cloud, seen from the machine that joins. */
export class EnrolmentClient {
  readonly #server: string;
  readonly #host: string;
  readonly #port: number;
  readonly #signal: AbortSignal;

  /** `server` is HOST:PORT; `config.invalid` if it is not. */
  constructor(server: string, signal: AbortSignal) {
    const [, bracketed, plain, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:/[\]]+))(?::(\d{1,5}))?$/.exec(server) ?? [];
    const host = bracketed ?? plain;
    if (host === undefined || Number(port ?? DEFAULT_PORT) > 65_535) {
      throw new Fault("config.invalid", `${JSON.stringify(server)} is not HOST:PORT of a cloud's enrolment listener`);
    }
    this.#server = server;
    this.#host = host;
    this.#port = Number(port ?? DEFAULT_PORT);
    this.#signal = signal;
  }

  /** The hub's CA (DER), which must have the fingerprint that the token names; else `config.refused`. */
  async ca(pin: string): Promise<Buffer> {
    // Nothing is known of the server yet: what it gives is trusted for its fingerprint alone.
    const { status, body } = await this.#exchange({ path: ENROLMENT.caRoute, rejectUnauthorized: false });
    if (status !== 200) throw this.#refused(`GET ${ENROLMENT.caRoute} was answered with ${status}; is it a cloud?`);
    if (fingerprint(body) === pin) return body;
    throw this.#refused(
      `its CA (sha256 ${fingerprint(body)}) is not the one that the token names (${pin}): the token is of another cloud, or somebody stands between`,
    );
  }

  /** A certificate (DER) for the request, and the hub's URL. `config.refused` with the cloud's own words if it says no. */
  async certificate(request: CertificateRequest): Promise<{ readonly certificate: Buffer; readonly hubUrl: string }> {
    const { ca, csr, jwt, node, site } = request;
    const { status, headers, body } = await this.#exchange(
      {
        method: "POST",
        path: ENROLMENT.certificateRoute,
        ca: new X509Certificate(ca).toString(),
        headers: {
          authorization: `Bearer ${jwt}`,
          [HEADERS.node]: node,
          ...(site === undefined ? {} : { [HEADERS.site]: site }),
          "content-type": "application/pkcs10",
          "content-length": csr.length,
        },
      },
      csr,
    );
    if (status !== 200) throw this.#answeredNo(status, body.toString("utf8").trim());
    const hubUrl = headers[HEADERS.hub];
    if (typeof hubUrl !== "string" || !/^wss:\/\/[^\s/]+$/.test(hubUrl)) {
      throw new Fault("link.confused", `${this.#server} gave a certificate but did not say where the hub is`);
    }
    return { certificate: body, hubUrl };
  }

  async #exchange(options: RequestOptions, body?: Buffer): Promise<Answer> {
    const servername = isIP(this.#host) === 0 ? this.#host : "";
    const request = httpsRequest({ host: this.#host, port: this.#port, servername, agent: false, ...options });
    const cut = () => request.destroy(new Error("given up"));
    this.#signal.addEventListener("abort", cut, { once: true });
    try {
      this.#signal.throwIfAborted();
      const answer = new Promise<Answer>((resolve, reject) => {
        request.on("error", reject);
        request.on("response", (response) => {
          readAnswer(response).then(resolve, reject);
        });
        request.end(body);
      });
      const late = () => new Fault("link.timeout", `${this.#server} did not answer within ${ANSWER_MS / 1000} s`);
      return await within(ANSWER_MS, answer, late);
    } catch (error) {
      this.#signal.throwIfAborted();
      throw error instanceof Fault ? error : this.#failed(error);
    } finally {
      this.#signal.removeEventListener("abort", cut);
      request.destroy();
    }
  }

  #answeredNo(status: number | undefined, reason: string): Fault {
    if (status !== undefined && status >= 500) {
      return new Fault("link.closed", `${this.#server} could not enrol this node: ${reason}`);
    }
    return this.#refused(reason === "" ? `it answered ${status}` : reason);
  }

  #failed(cause: unknown): Fault {
    const { code = "", message } = cause as NodeJS.ErrnoException;
    if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
      return this.#refused(
        `its certificate is not for ${this.#host} (${message}); use a name it has, or add ${this.#host} to hub.advertise of the cloud`,
      );
    }
    if (/CERT|UNABLE_TO|ERR_TLS|ERR_SSL|EPROTO/.test(code)) return this.#refused(`TLS failed: ${message} (${code})`);
    const hint = "are host, port and firewall right, and does `edgeloom cloud` run there?";
    return new Fault("link.unreachable", `cannot reach ${this.#server}: ${message || code}; ${hint}`, { cause });
  }

  #refused(reason: string): Fault {
    return new Fault("config.refused", `joining at ${this.#server} failed: ${reason}`);
  }
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > 65_536) throw new Fault("data.tooLarge", "the answer is longer than any certificate");
    chunks.push(chunk);
  }
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) };
}
