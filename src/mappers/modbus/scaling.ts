import { Fault } from "../../shared/kit/fault.ts";

/**
 * A stored integer times scale plus offset, in decimal: 3 counts of 0.1 are 0.3, not 0.30000000000000004, and a
 * 64-bit count of 0.01 keeps all its digits until the result has to be a double.
 */
export interface Scaling {
  readonly scale: number;
  readonly valueOffset: number;
}

interface Decimal {
  readonly digits: bigint;
  readonly places: number;
}

/** The value of a stored integer: a bigint where it is whole, else the double nearest to the decimal result. */
export function scaled(stored: bigint, { scale, valueOffset }: Scaling): bigint | number {
  if (scale === 1 && valueOffset === 0) return stored;
  const [factor, sum] = aligned(scale, valueOffset);
  const digits = stored * factor.digits + sum.digits;
  const unit = 10n ** BigInt(factor.places);
  return digits % unit === 0n ? digits / unit : Number(`${digits}e-${factor.places}`);
}

/** The stored integer whose value is nearest to this one. Throws `data.wrongType` for NaN and infinities. */
export function unscaled(value: bigint | number, { scale, valueOffset }: Scaling): bigint {
  if (typeof value === "bigint" && scale === 1 && valueOffset === 0) return value;
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new Fault("data.wrongType", `${value} is not a finite number`);
  }
  const wanted = decimal(value);
  const [factor, sum] = aligned(scale, valueOffset);
  const places = Math.max(wanted.places, factor.places);
  return dividedRounded(
    raise(wanted, places) - raise(sum, places),
    factor.digits * 10n ** BigInt(places - factor.places),
  );
}

/** Both with the same number of places. */
function aligned(scale: number, valueOffset: number): readonly [Decimal, Decimal] {
  const [a, b] = [decimal(scale), decimal(valueOffset)];
  const places = Math.max(a.places, b.places);
  return [
    { digits: raise(a, places), places },
    { digits: raise(b, places), places },
  ];
}

const raise = ({ digits, places }: Decimal, to: number): bigint => digits * 10n ** BigInt(to - places);

/** A number as its shortest text has it: 1.5e-7 is 15 with 8 places. */
function decimal(value: bigint | number): Decimal {
  if (typeof value === "bigint") return { digits: value, places: 0 };
  const [mantissa = "0", exponent = "0"] = String(value).split("e");
  const [whole = "0", fraction = ""] = mantissa.split(".");
  const places = fraction.length - Number(exponent);
  const digits = BigInt(whole + fraction);
  return places >= 0 ? { digits, places } : { digits: digits * 10n ** BigInt(-places), places: 0 };
}

/** Half away from zero. */
function dividedRounded(dividend: bigint, divisor: bigint): bigint {
  const negative = dividend < 0n !== divisor < 0n;
  const [a, b] = [dividend < 0n ? -dividend : dividend, divisor < 0n ? -divisor : divisor];
  const rounded = (2n * a + b) / (2n * b);
  return negative ? -rounded : rounded;
}
