import type { JsonObject } from "../json.ts";
import { isObject, objectAt, setValue, textAt } from "../json.ts";
import { invalidValue, required, tooLongValue } from "../schema/causes.ts";
import type { Cause } from "../status.ts";
import { base64Bytes, immutableCauses, keyCauses, MAX_DATA_BYTES } from "./configMap.ts";

/** stringData is for writing only: it goes into data, over what is there; type defaults to Opaque. */
export function fillSecret(secret: JsonObject): void {
  const texts = objectAt(secret, "stringData");
  if (texts !== undefined) {
    const data = isObject(secret["data"]) ? secret["data"] : {};
    for (const [key, text] of Object.entries(texts)) {
      setValue(data, key, Buffer.from(String(text)).toString("base64"));
    }
    secret["data"] = data;
  }
  delete secret["stringData"];
  secret["type"] ??= "Opaque";
}

/** The keys that the well-known types must have. */
const REQUIRED_KEYS: Readonly<Record<string, readonly string[]>> = {
  "kubernetes.io/tls": ["tls.crt", "tls.key"],
  "kubernetes.io/dockercfg": [".dockercfg"],
  "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
  "kubernetes.io/ssh-auth": ["ssh-privatekey"],
};

export function secretCauses(secret: JsonObject, old: JsonObject | undefined): Cause[] {
  const data = objectAt(secret, "data") ?? {};
  const type = textAt(secret, "type") ?? "";
  const missing = (REQUIRED_KEYS[type] ?? []).filter((key) => !Object.hasOwn(data, key));
  return [
    ...keyCauses("data", data),
    ...(base64Bytes(data) > MAX_DATA_BYTES ? [tooLongValue("data", MAX_DATA_BYTES)] : []),
    ...missing.map((key) => required(`data[${key}]`)),
    ...(old !== undefined && old["type"] !== type ? [invalidValue("type", type, "field is immutable")] : []),
    ...immutableCauses(secret, old, ["data"]),
  ];
}
