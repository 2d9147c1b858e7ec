/**
 * Follows the fixed headers of an MQTT stream (MQTT 3.1.1, 2.2) and says when a packet is announced that is longer
 * than allowed. The parser behind it would collect the whole packet in memory first.
 */
export class PacketSizeGuard {
  readonly #maxBytes: number;
  /** Bytes of the packet's body that are still to come. */
  #body = 0;
  #length = 0;
  /** Bits of the length read so far; undefined before a packet's first byte. */
  #bits: number | undefined;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** false from the first packet on that is too long or whose length is no length. */
  accepts(chunk: Uint8Array): boolean {
    for (let at = 0; at < chunk.length; ) {
      if (this.#body > 0) {
        const skipped = Math.min(this.#body, chunk.length - at);
        this.#body -= skipped;
        at += skipped;
      } else if (!this.#header(chunk[at++] ?? 0)) {
        return false;
      }
    }
    return true;
  }

  #header(byte: number): boolean {
    if (this.#bits === undefined) {
      this.#bits = 0;
      this.#length = 0;
      return true;
    }
    this.#length += (byte & 0x7f) << this.#bits;
    if ((byte & 0x80) !== 0) {
      this.#bits += 7;
      return this.#bits <= 21; // MQTT 3.1.1, 2.2.3: four bytes at most
    }
    this.#bits = undefined;
    this.#body = this.#length;
    return this.#length <= this.#maxBytes;
  }
}
