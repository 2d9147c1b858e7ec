/**
 * OpenAPI v2 as kubectl still asks for it: an empty but valid document in protobuf (gnostic openapi.v2.Document with
 * swagger "2.0", an info with title and version, empty paths and definitions). kubectl reads kinds from v3 and falls
 * back to this only for kinds that it does not find there.
 */
export const OPENAPI_V2: Uint8Array = Buffer.concat([
  field(1, Buffer.from("2.0")),
  field(2, Buffer.concat([field(1, Buffer.from("Kubernetes API")), field(2, Buffer.from("v1.32.0"))])),
  field(8, Buffer.alloc(0)),
  field(9, Buffer.alloc(0)),
]);

/** One length-delimited protobuf field; all of them are shorter than 128 bytes. */
function field(number: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2, content.length]), content]);
}
