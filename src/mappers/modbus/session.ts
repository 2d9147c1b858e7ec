import { Fault, isFault } from "../../shared/kit/fault.ts";
import type { ModbusPoint } from "../../shared/model/modbusDialect.ts";
import type { Value } from "../../shared/model/value.ts";
import type { Sample, Session } from "../driver.ts";
import { decode, encode } from "./codec.ts";
import type { TcpDevice } from "./config.ts";
import type { Connection } from "./connection.ts";
import { type Block, halve, planReads } from "./plan.ts";

const ILLEGAL_FUNCTION = 1;
/** The device has begun and needs longer; what became of it, the read-back tells. */
const ACKNOWLEDGE = 5;
/** Answers to a joined read that its parts may not deserve: no such address, or a count that the device does not take. */
const SPLITTING = new Set<unknown>([2, 3]);

export class ModbusSession implements Session<TcpDevice, ModbusPoint> {
  readonly #connection: Connection;
  readonly #plans = new WeakMap<readonly ModbusPoint[], readonly Block[]>();
  /** Reads that this line refused, as long as it lasts: blocks to be halved, points to be joined with nothing. */
  readonly #refused = new Set<string>();
  /** Units that write several registers or coils only (FC 15, 16), however few. */
  readonly #severalOnly = new Set<string>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  get isOpen(): boolean {
    return this.#connection.isOpen;
  }

  async read(device: TcpDevice, points: readonly ModbusPoint[], signal: AbortSignal): Promise<readonly Sample[]> {
    const samples: Sample[] = new Array(points.length);
    for (const block of this.#planOf(device, points)) await this.#readInto(samples, { device, points, block }, signal);
    return samples;
  }

  async write(device: TcpDevice, point: ModbusPoint, value: Value, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const words = encode(value, point);
    const unit = `${device.unitId} ${point.table}`;
    try {
      if (words.length > 1 || this.#severalOnly.has(unit)) await this.#writeSeveral(device, point, words);
      else await this.#writeOne(device, point, words[0] ?? 0);
    } catch (error) {
      const exception = isFault(error, "device") ? error.details["exception"] : undefined;
      if (exception === ACKNOWLEDGE) return;
      if (exception !== ILLEGAL_FUNCTION || words.length > 1) throw error;
      await this.#writeSeveral(device, point, words);
      this.#severalOnly.add(unit);
    }
  }

  async close(): Promise<void> {
    this.#connection.close();
  }

  #planOf(device: TcpDevice, points: readonly ModbusPoint[]): readonly Block[] {
    const known = this.#plans.get(points);
    if (known !== undefined) return known;
    const plan = planReads(points, (point) => this.#refused.has(nameOf(device, point)));
    this.#plans.set(points, plan);
    return plan;
  }

  /**
   * Reads a block; where the device refuses it as a whole, its halves, and so on to the single point, so that a refused
   * one costs no other. What was refused is remembered: a point is then read alone, a block that was too long in parts.
   */
  async #readInto(
    samples: Sample[],
    { device, points, block }: { device: TcpDevice; points: readonly ModbusPoint[]; block: Block },
    signal: AbortSignal,
  ): Promise<void> {
    signal.throwIfAborted();
    const name = nameOf(device, block);
    const halves = halve(block, points);
    if (halves === undefined || !this.#refused.has(name)) {
      const answer = await this.#ask(device, block);
      const isRefused = isFault(answer) && SPLITTING.has(answer.details["exception"]);
      if (isRefused) {
        this.#refused.add(name);
        this.#plans.delete(points);
      }
      if (halves === undefined || !isRefused) return fill(samples, { points, block, answer });
    }
    for (const half of halves) await this.#readInto(samples, { device, points, block: half }, signal);
  }

  async #ask(device: TcpDevice, block: Block): Promise<readonly number[] | Fault> {
    try {
      return await this.#connection.request(device, async (client) => {
        const { table, address, count } = block;
        switch (table) {
          case "coil":
            return bitsOf((await client.readCoils(address, count)).data, count);
          case "discrete":
            return bitsOf((await client.readDiscreteInputs(address, count)).data, count);
          case "input":
            return exactly((await client.readInputRegisters(address, count)).data, count);
          case "holding":
            return exactly((await client.readHoldingRegisters(address, count)).data, count);
        }
      });
    } catch (error) {
      if (isFault(error, "device")) return error;
      throw error;
    }
  }

  #writeOne(device: TcpDevice, { table, address }: ModbusPoint, word: number): Promise<void> {
    return this.#connection.request(device, async (client) => {
      if (table === "coil") {
        const echo = await client.writeCoil(address, word === 1);
        confirm(echo.address === address && echo.state === (word === 1));
      } else {
        const echo = await client.writeRegister(address, word);
        confirm(echo.address === address && echo.value === word);
      }
    });
  }

  #writeSeveral(device: TcpDevice, { table, address }: ModbusPoint, words: readonly number[]): Promise<void> {
    return this.#connection.request(device, async (client) => {
      const echo =
        table === "coil"
          ? await client.writeCoils(
              address,
              words.map((word) => word === 1),
            )
          : await client.writeRegisters(address, [...words]);
      confirm(echo.address === address && echo.length === words.length);
    });
  }
}

const nameOf = ({ unitId }: TcpDevice, { table, address, count }: Pick<Block, "table" | "address" | "count">): string =>
  `${unitId} ${table} ${address} ${count}`;

function fill(
  samples: Sample[],
  { points, block, answer }: { points: readonly ModbusPoint[]; block: Block; answer: readonly number[] | Fault },
): void {
  for (const index of block.indices) {
    const point = points[index];
    if (point === undefined) continue; // never: a block's indices are those of its points
    samples[index] = isFault(answer) ? answer : { value: decode(wordsOf(answer, block, point), point) };
  }
}

function wordsOf(answer: readonly number[], block: Block, { address, count }: ModbusPoint): readonly number[] {
  const start = address - block.address;
  return count === answer.length ? answer : answer.slice(start, start + count);
}

/** Bits come in whole bytes. The library trusts the frame's own byte count, so the count is checked here. */
function bitsOf(bits: readonly boolean[], count: number): readonly number[] {
  exactly(bits, Math.ceil(count / 8) * 8);
  return bits.slice(0, count).map(Number);
}

function exactly<T>(answer: readonly T[], count: number): readonly T[] {
  if (answer.length === count) return answer;
  throw new Fault("link.confused", `asked for ${count} values and was given ${answer.length}`);
}

function confirm(isEcho: boolean): void {
  if (!isEcho) throw new Fault("link.confused", "the answer to a write names something else than was written");
}
