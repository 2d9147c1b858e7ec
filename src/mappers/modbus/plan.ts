import type { ModbusPoint } from "../../shared/model/modbusDialect.ts";
import { MAX_READ } from "./config.ts";

type Table = ModbusPoint["table"];
type Span = Pick<ModbusPoint, "table" | "address" | "count">;

/** One request: `count` registers or bits of one table, and which points it answers, by index. */
export interface Block {
  readonly table: Table;
  readonly address: number;
  readonly count: number;
  readonly indices: readonly number[];
}

/**
 * The requests that read all points. Neighbours of one table are joined up to the protocol's limit; a gap is never
 * bridged: a register that nobody asked for may not exist, and would fail the whole read. No value is split. What
 * `isAlone` names is joined with nothing.
 */
export function planReads<P extends Span>(
  points: readonly P[],
  isAlone: (point: P) => boolean = () => false,
): readonly Block[] {
  const blocks: Block[] = [];
  let last: { table: Table; address: number; count: number; indices: number[] } | undefined;
  for (const index of inOrder(points)) {
    const point = points[index] as P; // an index of its own
    const { table, address, count } = point;
    if (isAlone(point)) {
      blocks.push({ table, address, count, indices: [index] });
      continue;
    }
    const joined = last === undefined ? 0 : Math.max(last.count, address + count - last.address);
    const touches = last !== undefined && last.table === table && address <= last.address + last.count;
    if (last !== undefined && touches && joined <= MAX_READ[table]) {
      last.count = joined;
      last.indices.push(index);
    } else {
      last = { table, address, count, indices: [index] };
      blocks.push(last);
    }
  }
  return blocks;
}

/** The two halves of a block, for where the whole is refused; undefined for a block of one point. */
export function halve({ table, indices }: Block, points: readonly Span[]): readonly [Block, Block] | undefined {
  if (indices.length < 2) return undefined;
  const middle = indices.length >> 1;
  const part = (part: readonly number[]): Block => {
    const spans = part.map((index) => points[index] as Span); // a block's indices are those of its points
    const address = Math.min(...spans.map((span) => span.address));
    const end = Math.max(...spans.map((span) => span.address + span.count));
    return { table, address, count: end - address, indices: part };
  };
  return [part(indices.slice(0, middle)), part(indices.slice(middle))];
}

/** Indices of the points by table and address. */
function inOrder(points: readonly Span[]): readonly number[] {
  return points
    .map(({ table, address, count }, index) => ({ table, address, count, index }))
    .sort((a, b) => (a.table === b.table ? a.address - b.address || a.count - b.count : a.table < b.table ? -1 : 1))
    .map(({ index }) => index);
}
