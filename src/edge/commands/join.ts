import { createPrivateKey, randomBytes, X509Certificate } from "node:crypto";
import { Fault } from "../../shared/kit/fault.ts";
import { commonNameOf, fingerprint } from "../../shared/kit/pem.ts";
import { writeWholeFile } from "../../shared/kit/wholeFile.ts";
import { isNodeName, isSiteName, nodeOf, nodeSubject, parseToken } from "../../shared/wire/enrolment.ts";
import { EdgeRoot, type Joined } from "./edgeRoot.ts";
import { EnrolmentClient } from "./enrolmentClient.ts";
import { runsSystemd, unitText } from "./systemdUnit.ts";

/** A certificate that ends sooner is renewed by joining again. */
const RENEW_BEFORE_MS = 30 * 86_400_000;

export interface JoinRequest {
  /** HOST:PORT of the enrolment listener. */
  readonly server: string;
  readonly token: string;
  /** The node's name in Kubernetes. */
  readonly name: string;
  /** Undefined keeps the site of an earlier join. */
  readonly site?: string | undefined;
  /** Everything goes here, and nothing anywhere else. Made if it is missing. */
  readonly root: string;
  /** How Edgeloom is run on this machine, for the systemd unit; without it no unit is written. */
  readonly command?: readonly string[] | undefined;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Makes this machine an edge: trusts the CA that the token pins, makes a key that stays here, gets a certificate, and
 * writes the edge's configuration. Run again it changes nothing, or renews what is about to expire. After a failure
 * everything is as before.
 */
export async function join(request: JoinRequest): Promise<void> {
  const { server, name, site, progress } = request;
  if (!isNodeName(name)) {
    throw new Fault("config.invalid", `${JSON.stringify(name)} cannot be a node's name: use a-z, 0-9, - and .`);
  }
  if (site !== undefined && !isSiteName(site)) {
    throw new Fault("config.invalid", `${JSON.stringify(site)} cannot be a site's name: use a-z, 0-9, - and .`);
  }
  const token = parseToken(request.token);
  const root = new EdgeRoot(request.root);
  const joined = await root.read();
  if (joined.node !== undefined && joined.node !== name) {
    throw new Fault(
      "config.invalid",
      `${root.path} belongs to node ${joined.node} already; \`edgeloom reset --root ${root.path}\` frees it, or choose another with --root`,
    );
  }
  if (isCurrent(joined, { server, site, caFingerprint: token.caFingerprint })) {
    progress(`${name} has joined already; nothing to do`);
  } else {
    await enrol(root, { ...request, site: site ?? joined.site }, token);
  }
  await offerUnit(root, request);
}

/** A join with these would bring nothing new. */
function isCurrent(
  joined: Joined,
  wanted: { readonly server: string; readonly site: string | undefined; readonly caFingerprint: string },
): boolean {
  const { node, ca, certificate } = joined;
  if (node === undefined || ca === undefined || certificate === undefined) return false;
  return (
    fingerprint(ca.raw) === wanted.caFingerprint &&
    certificate.verify(ca.publicKey) &&
    nodeOf(commonNameOf(certificate)) === node &&
    Date.parse(certificate.validTo) - Date.now() > RENEW_BEFORE_MS &&
    joined.server === wanted.server &&
    (wanted.site ?? joined.site) === joined.site
  );
}

async function enrol(
  root: EdgeRoot,
  { server, name: node, site, progress, signal }: JoinRequest,
  { caFingerprint, jwt }: ReturnType<typeof parseToken>,
): Promise<void> {
  const client = new EnrolmentClient(server, signal);
  // Before a use of the token is spent: is there a place for what it brings?
  const staged = await root.stage(randomBytes(4).toString("hex"));
  try {
    const ca = await client.ca(caFingerprint);
    progress(`the CA at ${server} is the one that the token names`);
    const { createCsr } = await import("../../shared/kit/certificates.ts");
    const { csr, key } = await createCsr(nodeSubject(node));
    const { certificate, hubUrl } = await client.certificate({ ca, csr, jwt, node, site });
    checkCertificate({ certificate, ca, key, node });
    await root.commit(staged, { ca, certificate, key, server }, { node, site, hubUrl });
    progress(`${node} has joined; its hub is ${hubUrl}`);
    progress(`start it with: edgeloom edge --config ${root.config}`);
  } catch (error) {
    await root.unstage(staged);
    throw error;
  }
}

function checkCertificate({
  certificate,
  ca,
  key,
  node,
}: {
  readonly certificate: Buffer;
  readonly ca: Buffer;
  readonly key: string;
  readonly node: string;
}): void {
  let good = false;
  try {
    const parsed = new X509Certificate(certificate);
    good =
      parsed.verify(new X509Certificate(ca).publicKey) &&
      parsed.checkPrivateKey(createPrivateKey(key)) &&
      nodeOf(commonNameOf(parsed)) === node;
  } catch {
    // Not a certificate at all.
  }
  if (!good) throw new Fault("link.confused", `what the cloud gave is not a certificate for this key and node ${node}`);
}

async function offerUnit(root: EdgeRoot, { command, name, progress }: JoinRequest): Promise<void> {
  if (command === undefined || !(await runsSystemd())) return;
  await writeWholeFile(root.unit, unitText({ command, node: name, config: root.config }), 0o644);
  progress(`to run it as a service: systemctl enable --now ${root.unit}`);
}
