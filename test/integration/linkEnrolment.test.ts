import { X509Certificate } from "node:crypto";
import { mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { join } from "../../src/edge/commands/join.ts";
import { reset } from "../../src/edge/commands/reset.ts";
import { edgeConfig } from "../../src/edge/config.ts";
import { createCsr } from "../../src/shared/kit/certificates.ts";
import { readConfig } from "../../src/shared/kit/config.ts";
import { commonNameOf } from "../../src/shared/kit/pem.ts";
import { systemClock } from "../../src/shared/kit/time.ts";
import { LinkRig } from "../support/linkRig.ts";

let rig: LinkRig;
beforeEach(async () => {
  rig = await LinkRig.open();
});
afterEach(() => rig.close());

interface Ask {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: Buffer;
}

/** What the enrolment listener says to any client, be it ours or not. */
function ask({ method = "POST", path = "/edge.crt", headers = {}, body }: Ask) {
  return new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
    const length = body === undefined ? {} : { "content-length": String(body.length) };
    const options = {
      ...{ host: "127.0.0.1", port: rig.enrolment.port, method, path, headers: { ...headers, ...length } },
      rejectUnauthorized: false,
    };
    const sent = request({ ...options, agent: false }, async (response) => {
      let text = "";
      for await (const chunk of response.setEncoding("latin1")) text += chunk;
      resolve({ status: response.statusCode, text });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

async function headersWith(token: string, node = "a"): Promise<Record<string, string>> {
  return { authorization: `Bearer ${token.slice(65)}`, nodename: node };
}

const csrOf = async (node: string, group = "system:nodes") =>
  (await createCsr({ commonName: `system:node:${node}`, organizations: [group] })).csr;

describe("joining", () => {
  it("gives an edge its key, its certificate and its configuration, and the cloud its node", async () => {
    await join({ ...(await joining("a")), site: "hall-3" });
    const root = rig.root("a");
    const config = await readConfig(edgeConfig, `${root}/config.yaml`);
    expect(config).toMatchObject({
      node: "a",
      site: "hall-3",
      dataDir: `${root}/data`,
      hub: { url: rig.hubUrl, key: `${root}/pki/edge.key` },
    });
    const certificate = new X509Certificate(await readFile(`${root}/pki/edge.crt`));
    expect(certificate.subject).toBe("O=system:nodes\nCN=system:node:a");
    expect(commonNameOf(certificate)).toBe("system:node:a");
    expect((await stat(`${root}/pki/edge.key`)).mode & 0o777).toBe(0o600);
    expect(rig.enrolled).toEqual([{ node: "a", site: "hall-3" }]);
  });

  it("done twice changes nothing, and asks nobody", async () => {
    const token = await rig.token();
    await rig.join("a", token);
    const before = await readFile(`${rig.root("a")}/pki/edge.crt`, "utf8");
    await rig.join("a", token);
    expect(await readFile(`${rig.root("a")}/pki/edge.crt`, "utf8")).toBe(before);
    expect(rig.enrolled).toHaveLength(1);
  });

  it("clears away what one that was killed left behind", async () => {
    const root = rig.root("a");
    await mkdir(`${root}/pki-0badc0de`, { recursive: true });
    await symlink("pki-0badc0de", `${root}/pki-0badc0de.new`);
    await rig.join("a");
    const names = (await readdir(root)).filter((name) => name.startsWith("pki"));
    expect(names).toHaveLength(2);
    expect(names).toContain("pki");
    expect(names.join()).not.toContain("0badc0de");
  });

  it("again with the token of a cloud that was set up anew trusts the new one, and keeps its data", async () => {
    await rig.join("a");
    const anew = await LinkRig.open();
    try {
      await mkdir(`${rig.root("a")}/data`);
      await join({ ...(await joining("a")), server: anew.server, token: await anew.token() });
      const certificate = new X509Certificate(await readFile(`${rig.root("a")}/pki/edge.crt`));
      expect(certificate.verify(new X509Certificate(anew.authority.ca.certificate).publicKey)).toBe(true);
      expect((await readConfig(edgeConfig, `${rig.root("a")}/config.yaml`)).hub?.url).toBe(anew.hubUrl);
      expect(await readdir(rig.root("a"))).toContain("data");
    } finally {
      await anew.close();
    }
  });

  it("that fails leaves an earlier one as it was", async () => {
    await rig.join("a");
    const before = await readFile(`${rig.root("a")}/pki/edge.crt`, "utf8");
    const elsewhere = { ...(await joining("a")), server: "127.0.0.1:1" };
    await expect(join(elsewhere)).rejects.toMatchObject({ code: "link.unreachable" });
    expect(await readFile(`${rig.root("a")}/pki/edge.crt`, "utf8")).toBe(before);
    expect((await readdir(rig.root("a"))).filter((name) => name.startsWith("pki"))).toHaveLength(2);
  });

  it("keeps what a person wrote into the configuration", async () => {
    await mkdir(rig.root("a"));
    await writeFile(`${rig.root("a")}/config.yaml`, "# ours\nmqtt:\n  port: 1884 # beside mosquitto\n");
    await rig.join("a");
    const text = await readFile(`${rig.root("a")}/config.yaml`, "utf8");
    expect(text).toContain("# ours\nmqtt:\n  port: 1884 # beside mosquitto\n");
    expect(text).toContain("node: a");
  });

  it("as another node is refused until a reset", async () => {
    await rig.join("a");
    const asB = { ...(await joining("b")), root: rig.root("a") };
    await expect(join(asB)).rejects.toMatchObject({ code: "config.invalid" });
    await reset({ root: rig.root("a"), keepData: false, progress: () => {} });
    await join(asB);
    expect((await readConfig(edgeConfig, `${rig.root("a")}/config.yaml`)).node).toBe("b");
  });

  it("is undone by a reset, but for the data if they are to stay, and for what is not ours", async () => {
    await rig.join("a");
    const root = rig.root("a");
    await mkdir(`${root}/data`);
    await writeFile(`${root}/notes.txt`, "mine");
    await reset({ root, keepData: true, progress: () => {} });
    expect((await readdir(root)).sort()).toEqual(["data", "notes.txt"]);
    await reset({ root, keepData: false, progress: () => {} });
    expect(await readdir(root)).toEqual(["notes.txt"]);
    await reset({ root, keepData: false, progress: () => {} });
  });

  const refused: Readonly<Record<string, () => Promise<Partial<Parameters<typeof join>[0]>>>> = {
    "a token of another cloud (its CA is pinned)": async () => {
      const other = await LinkRig.open();
      const token = await other.token();
      await other.close();
      return { token };
    },
    "a token whose signature is forged": async () => ({ token: `${(await rig.token()).slice(0, -4)}AAAA` }),
    "an expired token": async () => {
      const token = await rig.token({ ttlMs: 60_000 });
      rig.clock = { ...systemClock, now: () => Date.now() + 61_000 };
      return { token };
    },
    "a token for another node": async () => ({ token: await rig.token({ node: "b" }) }),
    "a token that others have used up": async () => {
      const token = await rig.token({ uses: 1 });
      await rig.join("b", token);
      return { token };
    },
  };
  for (const [what, change] of Object.entries(refused)) {
    it(`with ${what} is refused, and leaves nothing behind`, async () => {
      const wrong = { ...(await joining("a")), ...(await change()) };
      await expect(join(wrong)).rejects.toMatchObject({ code: "config.refused" });
      expect(await readdir(rig.directory)).not.toContain("a");
    });
  }

  it("by a name that the cloud's certificate does not have says what to do", async () => {
    const attempt = join({ ...(await joining("a")), server: `localhost:${rig.enrolment.port}` });
    await expect(attempt).rejects.toMatchObject({ code: "config.refused" });
    await expect(attempt).rejects.toThrow(/add localhost to hub\.advertise/);
  });

  it("where nobody listens, or with words that make no sense, fails in one line", async () => {
    const good = await joining("a");
    await expect(join({ ...good, server: "127.0.0.1:1" })).rejects.toMatchObject({ code: "link.unreachable" });
    for (const bad of [{ server: "http://x:1" }, { token: "x" }, { name: "A b" }, { site: "Süd" }]) {
      await expect(join({ ...good, ...bad })).rejects.toMatchObject({ code: "config.invalid" });
    }
    expect(await readdir(rig.directory)).toEqual([]);
  });

  it("into a folder that cannot be written says so before a use of the token is spent", async () => {
    await writeFile(rig.root("file"), "");
    const token = await rig.token({ uses: 1 });
    const attempt = join({ ...(await joining("a")), token, root: `${rig.root("file")}/a` });
    await expect(attempt).rejects.toMatchObject({ code: "config.dataDir" });
    await rig.join("b", token);
  });

  async function joining(name: string) {
    return {
      ...{ server: rig.server, token: await rig.token(), name, root: rig.root(name) },
      ...{ progress: () => {}, signal: AbortSignal.timeout(10_000) },
    };
  }
});

describe("the enrolment listener", () => {
  it("takes KubeEdge's GET with a body as it takes a POST", async () => {
    const answer = await ask({ method: "GET", headers: await headersWith(await rig.token()), body: await csrOf("a") });
    expect(answer.status).toBe(200);
    expect(new X509Certificate(Buffer.from(answer.text, "latin1")).subject).toContain("system:node:a");
  });

  const refusals: Readonly<Record<string, [status: number, answer: string, () => Promise<Ask>]>> = {
    "no token": [401, "token", async () => ({ headers: { nodename: "a" }, body: await csrOf("a") })],
    "no node": [400, "node", async () => ({ headers: { authorization: (await headersOf())["authorization"] ?? "" } })],
    "a node name that Kubernetes would not take": [400, "node", async () => ({ headers: await headersOf("A_b") })],
    "a request for another node": [
      403,
      "subject",
      async () => ({ headers: await headersOf(), body: await csrOf("b") }),
    ],
    "a request for the masters": [
      403,
      "subject",
      async () => ({ headers: await headersOf(), body: await csrOf("a", "system:masters") }),
    ],
    "a body that is no request": [400, "request", async () => ({ headers: await headersOf(), body: Buffer.from("x") })],
    "a body of 10 MB": [413, "body", async () => ({ headers: await headersOf(), body: Buffer.alloc(10_000_000) })],
  };
  for (const [what, [status, answer, make]] of Object.entries(refusals)) {
    it(`refuses ${what} with a reason, and counts it`, async () => {
      const asked = await ask(await make()).catch(() => undefined);
      // A client that goes on writing may see the reset before the answer.
      if (asked !== undefined || status !== 413) expect(asked).toMatchObject({ status });
      expect(asked?.text ?? "x").not.toBe("");
      expect(await rig.metric("edgeloom_enrolment_requests_total", { answer })).toBe(1);
      expect(rig.enrolled).toEqual([]);
    });
  }

  it("answers other paths with what there is", async () => {
    expect(await ask({ method: "GET", path: "/" })).toMatchObject({ status: 404 });
  });

  async function headersOf(node = "a") {
    return headersWith(await rig.token(), node);
  }
});

it("clouds that share their Secrets have one CA, one token key and the same session tickets", async () => {
  const other = await rig.anotherAuthority();
  expect(other.ca).toEqual(rig.authority.ca);
  expect(other.tokenKey).toEqual(rig.authority.tokenKey);
  expect(other.serverTls().ticketKeys).toEqual(rig.authority.serverTls().ticketKeys);
  expect(other.serverTls().key).not.toBe(rig.authority.serverTls().key);
  await other.stop();
});
