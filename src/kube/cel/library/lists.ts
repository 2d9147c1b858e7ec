import type { Environment } from "@marcbachmann/cel-js";
import { sameValue } from "../celType.ts";

/** Lists and sets: isSorted, sum, min, max, indexOf, lastIndexOf; sets.contains, equivalent, intersects. */
export function addLists(environment: Environment): Environment {
  class Sets {}
  return environment
    .registerFunction("list.isSorted(): bool", (list: readonly unknown[]) =>
      list.every((item, i) => i === 0 || compare(list[i - 1], item) <= 0),
    )
    .registerFunction("list.sum(): dyn", sum)
    .registerFunction("list.min(): dyn", (list: readonly unknown[]) => most(list, -1, "min"))
    .registerFunction("list.max(): dyn", (list: readonly unknown[]) => most(list, 1, "max"))
    .registerFunction("list.indexOf(dyn): int", (list: readonly unknown[], wanted: unknown) =>
      BigInt(list.findIndex((item) => sameValue(item, wanted))),
    )
    .registerFunction("list.lastIndexOf(dyn): int", (list: readonly unknown[], wanted: unknown) =>
      BigInt(list.findLastIndex((item) => sameValue(item, wanted))),
    )
    .registerType("SetsNamespace", Sets)
    .registerConstant("sets", "SetsNamespace", new Sets())
    .registerFunction(
      "SetsNamespace.contains(list, list): bool",
      (_: unknown, a: readonly unknown[], b: readonly unknown[]) => isSubset(b, a),
    )
    .registerFunction(
      "SetsNamespace.equivalent(list, list): bool",
      (_: unknown, a: readonly unknown[], b: readonly unknown[]) => isSubset(a, b) && isSubset(b, a),
    )
    .registerFunction(
      "SetsNamespace.intersects(list, list): bool",
      (_: unknown, a: readonly unknown[], b: readonly unknown[]) =>
        a.some((item) => b.some((other) => sameValue(item, other))),
    );
}

function isSubset(part: readonly unknown[], whole: readonly unknown[]): boolean {
  return part.every((item) => whole.some((other) => sameValue(item, other)));
}

function sum(list: readonly unknown[]): unknown {
  if (list.every((item) => typeof item === "bigint")) {
    return list.reduce<bigint>((total, item) => total + item, 0n);
  }
  if (list.every((item) => typeof item === "number")) {
    return list.reduce<number>((total, item) => total + item, 0);
  }
  throw new Error("no such overload: sum of a list that holds more than ints or doubles");
}

function most(list: readonly unknown[], sign: 1 | -1, name: string): unknown {
  const [first, ...others] = list;
  if (first === undefined) {
    throw new Error(`${name} called on empty list`);
  }
  return others.reduce((best, item) => (compare(item, best) * sign > 0 ? item : best), first);
}

/** The order of comparable values of one type: numbers, strings, bools, timestamps, durations. */
function compare(a: unknown, b: unknown): number {
  const [left, right] = [orderOf(a), orderOf(b)];
  if (typeof left !== typeof right) {
    throw new Error("no such overload: values of different types have no order");
  }
  return left < right ? -1 : Number(left > right);
}

function orderOf(value: unknown): string | number | bigint {
  if (typeof value === "string" || typeof value === "number" || typeof value === "bigint") {
    return value;
  }
  if (typeof value === "object" && value !== null) {
    return Number(value.valueOf());
  }
  return Number(value);
}
