// How many random cases a run tries: all of them with `--all`, as in CI, otherwise a part. The line
// of the file in a run says how many of how many.

import { remark } from './suite.ts';

/** Set by test/index.ts, for the processes that it starts too. */
export const DEPTH = 'SESSCACHE_TEST_DEPTH';

/** Chooses `all` or `part` by how thorough the run is. */
export function depth<Amount>(all: Amount, part: Amount): Amount {
  // Asked late: test/index.ts imports this before it sets the variable. Browsers have no process.
  return globalThis.process?.env[DEPTH] === 'all' ? all : part;
}

/**
 * Adds a note to the file's line in the run: it tried `part` of `all` cases, unless that is all.
 */
export function remarkDepth(what: string, all: number, part: number): void {
  if (part < all) remark(`${part.toLocaleString('en')} of ${all.toLocaleString('en')} ${what}`);
}
