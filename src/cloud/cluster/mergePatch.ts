type Plain = Readonly<Record<string, unknown>>;

/**
 * The JSON merge patch (RFC 7396) that makes `after` of `before`; undefined where they are equal. Lists are replaced
 * whole, what `after` lacks becomes null.
 */
export function mergePatchOf(before: Plain, after: Plain): Plain | undefined {
  const patch: Record<string, unknown> = {};
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [was, is] = [before[key], after[key]];
    if (is === undefined) {
      if (was !== undefined) patch[key] = null;
    } else if (isPlain(was) && isPlain(is)) {
      const inner = mergePatchOf(was, is);
      if (inner !== undefined) patch[key] = inner;
    } else if (!isSame(was, is)) patch[key] = is;
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
}

const isPlain = (value: unknown): value is Plain =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => isSame(item, b[index]));
  }
  return isPlain(a) && isPlain(b) ? mergePatchOf(a, b) === undefined : a === b;
}
