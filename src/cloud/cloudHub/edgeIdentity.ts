import type { TLSSocket } from "node:tls";
import { commonNameOf } from "../../shared/kit/pem.ts";
import { NODES_GROUP, nodeOf } from "../../shared/wire/enrolment.ts";

export type EdgeIdentity =
  | { readonly kind: "node"; readonly node: string }
  | { readonly kind: "refused"; readonly reason: string };

/**
 * The node that a TLS client speaks for. That the hub's CA signed its certificate is OpenSSL's finding; but a resumed
 * session is not checked anew, so the dates are looked at here, always.
 */
export function identityOf(socket: TLSSocket, now: number): EdgeIdentity {
  const certificate = socket.getPeerX509Certificate();
  if (!socket.authorized || certificate === undefined) return refused("no certificate of this hub's CA");
  if (Date.parse(certificate.validTo) <= now) return refused(`the certificate expired at ${certificate.validTo}`);
  const node = nodeOf(commonNameOf(certificate));
  const inGroup = certificate.subject.split("\n").includes(`O=${NODES_GROUP}`);
  if (node === undefined || !inGroup) return refused("the certificate is not that of a node");
  return { kind: "node", node };
}

function refused(reason: string): EdgeIdentity {
  return { kind: "refused", reason };
}
