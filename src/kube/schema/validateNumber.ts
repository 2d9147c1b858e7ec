import type { Cause } from "../status.ts";
import { invalidValue } from "./causes.ts";
import type { Limits } from "./schemaNode.ts";

/** Minimum, maximum and multipleOf (k8s.io/kube-openapi/pkg/validation/validate/values.go). */
export function numberCauses(value: number | bigint, path: string, limits: Limits): Cause[] {
  return [...multipleCauses(value, path, limits), ...boundCauses(value, path, limits)];
}

function boundCauses(value: number | bigint, path: string, limits: Limits): Cause[] {
  const causes: Cause[] = [];
  const maximum = boundFor(value, limits.maximum);
  const minimum = boundFor(value, limits.minimum);
  if (maximum !== undefined && (value > maximum || (limits.exclusiveMaximum && value >= maximum))) {
    const relation = limits.exclusiveMaximum ? "less than" : "less than or equal to";
    causes.push(invalidValue(path, value, `${path} in body should be ${relation} ${maximum}`));
  }
  if (minimum !== undefined && (value < minimum || (limits.exclusiveMinimum && value <= minimum))) {
    const relation = limits.exclusiveMinimum ? "greater than" : "greater than or equal to";
    causes.push(invalidValue(path, value, `${path} in body should be ${relation} ${minimum}`));
  }
  return causes;
}

function multipleCauses(value: number | bigint, path: string, { multipleOf }: Limits): Cause[] {
  const factor = boundFor(value, multipleOf);
  if (factor === undefined) {
    return [];
  }
  if (factor <= 0) {
    return [invalidValue(path, factor, `factor MultipleOf declared for ${path} must be positive: ${factor}`)];
  }
  return isMultiple(value, factor)
    ? []
    : [invalidValue(path, value, `${path} in body should be a multiple of ${factor}`)];
}

/** Kubernetes compares integers with the whole part of a bound, so that 3 is refused where multipleOf is 0.5. */
function boundFor(value: number | bigint, bound: number | undefined): number | undefined {
  return bound !== undefined && isWhole(value) ? Math.trunc(bound) : bound;
}

function isWhole(value: number | bigint): boolean {
  return typeof value === "bigint" || Number.isInteger(value);
}

function isMultiple(value: number | bigint, factor: number): boolean {
  if (typeof value === "bigint") {
    return value % BigInt(factor) === 0n;
  }
  const quotient = factor < 1 ? (1 / factor) * value : value / factor;
  return Math.abs(quotient - Math.round(quotient)) < 1e-9 * Math.max(1, Math.abs(quotient));
}
