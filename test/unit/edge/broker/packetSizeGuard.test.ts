import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PacketSizeGuard } from "../../../../src/edge/broker/packetSizeGuard.ts";
import { packet } from "../../../support/mqttClients.ts";

const MAX = 300;

/** The stream in pieces of the given sizes, as TCP may cut it. */
function* pieces(stream: Buffer, sizes: readonly number[]): Generator<Buffer> {
  for (let at = 0, n = 0; at < stream.length; n++) {
    const size = sizes[n % sizes.length] ?? 1;
    yield stream.subarray(at, at + size);
    at += size;
  }
}

function accepts(stream: Buffer, sizes: readonly number[]): boolean {
  const guard = new PacketSizeGuard(MAX);
  return [...pieces(stream, sizes)].every((piece) => guard.accepts(piece));
}

describe("PacketSizeGuard", () => {
  it("tells an allowed stream from one with a packet too long, however it is cut", () => {
    const bodies = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 8 });
    const cuts = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(bodies, cuts, (lengths, sizes) => {
        // Bodies full of bytes that look like headers and long lengths.
        const stream = Buffer.concat(lengths.map((length) => packet(0x30, Buffer.alloc(length, 0xff))));
        expect(accepts(stream, sizes)).toBe(lengths.every((length) => length <= MAX));
      }),
    );
  });

  it("refuses at the length already, before the body comes", () => {
    expect(accepts(packet(0x30, Buffer.alloc(MAX + 1)).subarray(0, 3), [1])).toBe(false);
  });

  it("refuses a length of more than four bytes [MQTT 3.1.1, 2.2.3]", () => {
    expect(accepts(Buffer.from([0x30, 0x80, 0x80, 0x80]), [1])).toBe(true);
    expect(accepts(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80]), [1])).toBe(false);
  });
});
