import type { Environment } from "@marcbachmann/cel-js";
import { canonicalQuantity, QUANTITY_MISTAKE, quantityNanos } from "../../builtins/quantity.ts";

const ONE = 1_000_000_000n;

/** A quantity in units of 10^-9. */
class CelQuantity {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

function parse(text: string): CelQuantity {
  const nanos = quantityNanos(text);
  if (nanos === undefined) {
    throw new Error(QUANTITY_MISTAKE);
  }
  return new CelQuantity(nanos);
}

function integerOf({ nanos }: CelQuantity): bigint {
  if (nanos % ONE !== 0n) {
    throw new Error("cannot convert value to integer");
  }
  return nanos / ONE;
}

/** quantity, isQuantity, and the arithmetic of quantities. */
export function addQuantity(environment: Environment): Environment {
  const type = "kubernetes.Quantity";
  return environment
    .registerType(type, { ctor: CelQuantity, fields: {} })
    .registerFunction(`quantity(string): ${type}`, parse)
    .registerFunction("isQuantity(string): bool", (text: string) => canonicalQuantity(text) !== undefined)
    .registerOperator(`${type} == ${type}`, (a: CelQuantity, b: CelQuantity) => a.nanos === b.nanos)
    .registerFunction(`${type}.sign(): int`, ({ nanos }: CelQuantity) => (nanos > 0n ? 1n : nanos < 0n ? -1n : 0n))
    .registerFunction(`${type}.isInteger(): bool`, ({ nanos }: CelQuantity) => nanos % ONE === 0n)
    .registerFunction(`${type}.asInteger(): int`, integerOf)
    .registerFunction(`${type}.asApproximateFloat(): double`, ({ nanos }: CelQuantity) => Number(nanos) / 1e9)
    .registerFunction(`${type}.isGreaterThan(${type}): bool`, (a: CelQuantity, b: CelQuantity) => a.nanos > b.nanos)
    .registerFunction(`${type}.isLessThan(${type}): bool`, (a: CelQuantity, b: CelQuantity) => a.nanos < b.nanos)
    .registerFunction(`${type}.compareTo(${type}): int`, (a: CelQuantity, b: CelQuantity) =>
      a.nanos > b.nanos ? 1n : a.nanos < b.nanos ? -1n : 0n,
    )
    .registerFunction(
      `${type}.add(${type}): ${type}`,
      (a: CelQuantity, b: CelQuantity) => new CelQuantity(a.nanos + b.nanos),
    )
    .registerFunction(`${type}.add(int): ${type}`, (a: CelQuantity, b: bigint) => new CelQuantity(a.nanos + b * ONE))
    .registerFunction(
      `${type}.sub(${type}): ${type}`,
      (a: CelQuantity, b: CelQuantity) => new CelQuantity(a.nanos - b.nanos),
    )
    .registerFunction(`${type}.sub(int): ${type}`, (a: CelQuantity, b: bigint) => new CelQuantity(a.nanos - b * ONE));
}
