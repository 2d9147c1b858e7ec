import { type EdgeFrame, type HubFrame, MAX_FRAME_BYTES } from "./syncFrames.ts";

type ListKind = Extract<EdgeFrame | HubFrame, { devices: readonly unknown[] }>["kind"];

/** A frame is closed once it is this long, so that pings and urgent frames need not wait behind a long one. */
const TARGET_BYTES = 131_072;

export interface Packed<Key> {
  /** The frame's text; undefined if no key had anything to say. */
  readonly frame: string | undefined;
  /** What is dealt with: sent, or had nothing to say, or is in `tooLarge`. The rest waits for the next frame. */
  readonly taken: readonly Key[];
  /** What alone is longer than a frame may be. */
  readonly tooLarge: readonly Key[];
}

/** Fills one frame with the entries of as many keys as fit. `entryOf` is asked once per key, as late as possible. */
export function packFrame<Key>(
  kind: Exclude<ListKind, "edge.hello">,
  keys: Iterable<Key>,
  entryOf: (key: Key) => unknown,
): Packed<Key> {
  const head = `{"kind":"${kind}","devices":[`;
  const taken: Key[] = [];
  const tooLarge: Key[] = [];
  const entries: string[] = [];
  let bytes = head.length + 2;
  for (const key of keys) {
    const entry = entryOf(key);
    const text = entry === undefined ? undefined : JSON.stringify(entry);
    const length = text === undefined ? 0 : Buffer.byteLength(text) + 1;
    if (length + head.length + 2 > MAX_FRAME_BYTES) {
      tooLarge.push(key);
    } else if (text !== undefined) {
      if (entries.length > 0 && bytes + length > TARGET_BYTES) break;
      entries.push(text);
      bytes += length;
    }
    taken.push(key);
  }
  return { frame: entries.length === 0 ? undefined : `${head}${entries.join(",")}]}`, taken, tooLarge };
}
