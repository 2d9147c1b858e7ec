/** One field as it stands on the wire; which of the two values counts depends on its type. */
export interface WireField {
  readonly number: number;
  readonly integer: bigint;
  readonly bytes: Buffer;
}

const NOTHING = Buffer.alloc(0);

/** Reads the fields of one protobuf message (protobuf encoding, "Message structure"). Throws RangeError where it is cut off. */
export class ProtoReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  *fields(): Generator<WireField, void> {
    while (this.#at < this.#bytes.length) {
      const tag = this.#varint();
      const number = Number(tag >> 3n);
      switch (Number(tag & 7n)) {
        case 0:
          yield { number, integer: this.#varint(), bytes: NOTHING };
          break;
        case 1:
          yield { number, integer: 0n, bytes: this.#take(8) };
          break;
        case 2:
          yield { number, integer: 0n, bytes: this.#take(Number(this.#varint())) };
          break;
        case 5:
          yield { number, integer: 0n, bytes: this.#take(4) };
          break;
        default:
          throw new RangeError(`wire type ${tag & 7n} at byte ${this.#at}`);
      }
    }
  }

  #varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new RangeError(`a number at byte ${this.#at - 1}`);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError(`a number of more than ten bytes at byte ${this.#at}`);
  }

  #take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError(`${length} bytes at byte ${this.#at}`);
    const part = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }
}
