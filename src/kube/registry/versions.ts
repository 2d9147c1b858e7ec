const VERSION = /^v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?$/;
const MATURITY: Readonly<Record<string, number>> = { alpha: 0, beta: 1 };

/** Most mature first: GA before beta before alpha, then by number, then the rest by name (CRD "version priority"). */
export function compareVersions(a: string, b: string): number {
  const left = VERSION.exec(a);
  const right = VERSION.exec(b);
  if (!left && !right) return a < b ? -1 : a > b ? 1 : 0;
  if (!left) return 1;
  if (!right) return -1;
  return (
    maturityOf(right[2]) - maturityOf(left[2]) ||
    Number(right[1]) - Number(left[1]) ||
    Number(right[3] ?? 0) - Number(left[3] ?? 0)
  );
}

const maturityOf = (stage: string | undefined): number => MATURITY[stage ?? ""] ?? 2;
