import type { KeyPair } from "../../shared/kit/certificates.ts";
import { Fault, isFault } from "../../shared/kit/fault.ts";

/** The Secrets of the system namespace. Values are text; how the API encodes them is not our business. */
export interface Secrets {
  read(name: string): Promise<Readonly<Record<string, string>> | undefined>;
  /** `state.conflict` if it is there already. */
  create(name: string, data: Readonly<Record<string, string>>): Promise<void>;
}

const CA_SECRET = "edgeloom-hub-ca";
const TOKEN_KEY_SECRET = "edgeloom-join-token-key";

/** The hub's CA; undefined before the first start of a cloud. */
export async function readCa(secrets: Secrets): Promise<KeyPair | undefined> {
  const data = await secrets.read(CA_SECRET);
  return data === undefined
    ? undefined
    : { certificate: entry(CA_SECRET, data, "tls.crt"), key: entry(CA_SECRET, data, "tls.key") };
}

/** The key that signs join tokens, base64url; undefined before the first start of a cloud. */
export async function readTokenKey(secrets: Secrets): Promise<Buffer | undefined> {
  const data = await secrets.read(TOKEN_KEY_SECRET);
  return data === undefined ? undefined : Buffer.from(entry(TOKEN_KEY_SECRET, data, "key"), "base64url");
}

/** Keeps a new CA, unless somebody was faster. */
export async function keepCa(secrets: Secrets, { certificate, key }: KeyPair): Promise<void> {
  await createIfAbsent(secrets, CA_SECRET, { "tls.crt": certificate, "tls.key": key });
}

/** Keeps a new token key, unless somebody was faster. */
export async function keepTokenKey(secrets: Secrets, key: Buffer): Promise<void> {
  await createIfAbsent(secrets, TOKEN_KEY_SECRET, { key: key.toString("base64url") });
}

/** true if it is ours now, false if it was there. */
export async function createIfAbsent(
  secrets: Secrets,
  name: string,
  data: Readonly<Record<string, string>>,
): Promise<boolean> {
  try {
    await secrets.create(name, data);
    return true;
  } catch (error) {
    if (isFault(error) && error.code === "state.conflict") return false;
    throw error;
  }
}

function entry(secret: string, data: Readonly<Record<string, string>>, key: string): string {
  const value = data[key];
  if (value !== undefined) return value;
  throw new Fault(
    "config.invalid",
    `Secret edgeloom/${secret} has no entry ${key}; restore it from a backup, or delete it to start anew (every edge must then join again)`,
  );
}
