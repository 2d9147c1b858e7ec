/** Quantities such as `500m` or `4Gi` (k8s.io/apimachinery/pkg/api/resource), held exactly. */
const SHAPE = /^([+-]?)(\d*)(?:\.(\d*))?(?:([eE][+-]?\d+)|(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E))?$/;
const BINARY = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const DECIMAL: readonly (readonly [string, number])[] = [
  ["E", 18],
  ["P", 15],
  ["T", 12],
  ["G", 9],
  ["M", 6],
  ["k", 3],
  ["", 0],
  ["m", -3],
  ["u", -6],
  ["n", -9],
];
export const QUANTITY_MISTAKE =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
/** Kubernetes keeps nothing finer than nano. */
const NANO = 9;
const ONE = 10n ** BigInt(NANO);

/** The canonical text, or undefined when the text is no quantity. A form with exponent becomes one with suffix. */
export function canonicalQuantity(text: string): string | undefined {
  const parsed = parse(text);
  if (parsed === undefined) {
    return undefined;
  }
  const { nanos, isBinary } = parsed;
  const size = nanos < 0n ? -nanos : nanos;
  return (nanos < 0n ? "-" : "") + (isBinary && size % ONE === 0n ? binaryText(size) : decimalText(size));
}

/** The exact value in units of 10^-9, or undefined when the text is no quantity. */
export function quantityNanos(text: string): bigint | undefined {
  return parse(text)?.nanos;
}

interface Parsed {
  readonly nanos: bigint;
  readonly isBinary: boolean;
}

function parse(text: string): Parsed | undefined {
  const match = SHAPE.exec(text);
  const [, sign = "", whole = "", fraction = "", exponent, suffix = ""] = match ?? [];
  if (match === null || whole + fraction === "") {
    return undefined;
  }
  const power =
    exponent === undefined ? (DECIMAL.find(([name]) => name === suffix)?.[1] ?? 0) : Number(exponent.slice(1));
  const binary = BINARY.indexOf(suffix);
  const scale = binary > 0 ? 1024n ** BigInt(binary) : 1n;
  const nanos = toNanos(BigInt(whole + fraction) * scale, power - fraction.length);
  return { nanos: sign === "-" ? -nanos : nanos, isBinary: binary > 0 };
}

/** digits × 10^power in units of 10^-9, rounded up as Kubernetes does. */
function toNanos(digits: bigint, power: number): bigint {
  const shift = power + NANO;
  if (shift >= 0) {
    return digits * 10n ** BigInt(shift);
  }
  const divisor = 10n ** BigInt(-shift);
  return (digits + divisor - 1n) / divisor;
}

function binaryText(nanos: bigint): string {
  let value = nanos / ONE;
  let step = 0;
  while (value !== 0n && value % 1024n === 0n && step < BINARY.length - 1) {
    value /= 1024n;
    step++;
  }
  return `${value}${BINARY[step] ?? ""}`;
}

function decimalText(nanos: bigint): string {
  const unit = DECIMAL.find(([, power]) => nanos % 10n ** BigInt(power + NANO) === 0n);
  const [suffix, power] = nanos === 0n || unit === undefined ? ["", 0] : unit;
  return `${nanos / 10n ** BigInt(power + NANO)}${suffix}`;
}
