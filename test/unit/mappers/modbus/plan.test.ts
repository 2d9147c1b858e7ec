import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_READ } from "../../../../src/mappers/modbus/config.ts";
import { type Block, halve, planReads } from "../../../../src/mappers/modbus/plan.ts";

const span = fc.record({
  table: fc.constantFrom("coil" as const, "discrete" as const, "input" as const, "holding" as const),
  address: fc.oneof(fc.nat(60), fc.nat(65_000)),
  count: fc.constantFrom(1, 1, 1, 2, 4, 20, 123),
});
const holding = (address: number, count = 1) => ({ table: "holding" as const, address, count });
const cells = ({ address, count }: { address: number; count: number }): number[] =>
  Array.from({ length: count }, (_, index) => address + index);

describe("planReads", () => {
  test("joins neighbours, whatever their order, and never bridges a gap", () => {
    expect(planReads([holding(4), holding(0, 2), holding(2)])).toEqual([
      { table: "holding", address: 0, count: 3, indices: [1, 2] },
      { table: "holding", address: 4, count: 1, indices: [0] },
    ]);
  });

  test("fills a request up to 125 registers and begins the next one", () => {
    const plan = planReads(Array.from({ length: 130 }, (_, address) => holding(address)));
    expect(plan.map(({ address, count }) => [address, count])).toEqual([
      [0, 125],
      [125, 5],
    ]);
  });

  test("reads what is to be read alone by itself", () => {
    const points = [holding(0), holding(1), holding(2)];
    expect(planReads(points, ({ address }) => address === 1).map(({ indices }) => indices)).toEqual([[0], [1], [2]]);
  });

  test("answers every point once, whole, within the limits, and asks for no cell that nobody wants", () => {
    fc.assert(
      fc.property(fc.array(span, { maxLength: 60 }), (points) => {
        const plan = planReads(points);
        expect(plan.flatMap(({ indices }) => indices).sort((a, b) => a - b)).toEqual(points.map((_, index) => index));
        for (const block of plan) {
          expect(block.count).toBeLessThanOrEqual(MAX_READ[block.table]);
          expectExact(block, points);
        }
      }),
    );
  });

  test("halves hold the same points, down to single ones, and no other cell", () => {
    fc.assert(
      fc.property(fc.array(span, { minLength: 1, maxLength: 40 }), (points) => {
        const singles = planReads(points).flatMap((block) => leaves(block, points));
        expect(singles.flatMap(({ indices }) => indices).sort((a, b) => a - b)).toEqual(
          points.map((_, index) => index),
        );
        for (const single of singles) expectExact(single, points);
      }),
    );
  });
});

function leaves(block: Block, points: readonly { table: Block["table"]; address: number; count: number }[]): Block[] {
  return halve(block, points)?.flatMap((half) => leaves(half, points)) ?? [block];
}

/** Every cell of a block belongs to one of its table's points, and every point of it lies inside. */
function expectExact(block: Block, points: readonly { table: string; address: number; count: number }[]): void {
  const wanted = new Set(points.filter(({ table }) => table === block.table).flatMap(cells));
  expect(cells(block).every((cell) => wanted.has(cell))).toBe(true);
  for (const index of block.indices) {
    const point = points[index];
    expect(point?.table).toBe(block.table);
    expect(point?.address).toBeGreaterThanOrEqual(block.address);
    expect((point?.address ?? 0) + (point?.count ?? 0)).toBeLessThanOrEqual(block.address + block.count);
  }
}
