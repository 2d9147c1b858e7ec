import { expect, it } from "vitest";
import { packFrame } from "../../../../src/shared/wire/packFrame.ts";
import { checkHubFrame, MAX_FRAME_BYTES } from "../../../../src/shared/wire/syncFrames.ts";

const ack = (key: number) => ({ key: `ns/d${key}`, uid: "u", rev: 1 });

it("a frame holds what fits, and the rest waits", () => {
  const keys = new Set(Array.from({ length: 10_000 }, (_, index) => index));
  let frames = 0;
  while (keys.size > 0) {
    const { frame = "", taken } = packFrame("statusAck", keys, ack);
    expect(checkHubFrame.text(frame)).toMatchObject({ kind: "statusAck", devices: { length: taken.length } });
    for (const key of taken) keys.delete(key);
    frames += 1;
  }
  expect(frames).toBeGreaterThan(2);
});

it("what has nothing to say is dealt with, and makes no frame", () => {
  expect(packFrame("statusAck", [1, 2], () => undefined)).toEqual({ frame: undefined, taken: [1, 2], tooLarge: [] });
});

it("what no frame can hold is named, and does not keep the others from leaving", () => {
  const entryOf = (key: number) => (key === 2 ? "ä".repeat(MAX_FRAME_BYTES / 2) : ack(key));
  const { frame = "", taken, tooLarge } = packFrame("statusAck", [1, 2, 3], entryOf);
  expect(taken).toEqual([1, 2, 3]);
  expect(tooLarge).toEqual([2]);
  expect(JSON.parse(frame).devices).toEqual([ack(1), ack(3)]);
});

it("one long entry has a frame of its own", () => {
  const entryOf = (key: number) => ({ key, text: "x".repeat(1_000_000) });
  const first = packFrame("assign", [1, 2], entryOf);
  expect(first.taken).toEqual([1]);
  expect(Buffer.byteLength(first.frame ?? "")).toBeLessThanOrEqual(MAX_FRAME_BYTES);
});
