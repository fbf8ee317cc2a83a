// Where two JSON values first differ.

export interface Difference {
  /** `st.S.order[2]`. */
  path: string;
  expected: unknown;
  got: unknown;
}

/** The first difference in the order of `expected`'s keys, or undefined. A missing key counts. */
export function firstDifference(
  expected: unknown,
  got: unknown,
  path: string,
): Difference | undefined {
  if (
    !isContainer(expected) ||
    !isContainer(got) ||
    Array.isArray(expected) !== Array.isArray(got)
  ) {
    return Object.is(expected, got) ? undefined : { path, expected, got };
  }
  for (const key of new Set([...Object.keys(expected), ...Object.keys(got)])) {
    const step = Array.isArray(expected) ? `[${key}]` : `.${key}`;
    const difference = firstDifference(expected[key], got[key], path + step);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
