/** The text of a payload; undefined if it is not UTF-8. A byte order mark is part of the text. */
export function decodeUtf8(payload: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(payload);
  } catch {
    return undefined; // not UTF-8
  }
}
