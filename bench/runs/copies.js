// The time of a copy of the bytes alone, beside the caches that make none: bench/README.md.

import { runChild } from '../measure/child.js';
import { time } from '../report/format.js';

const ROUNDS = 3;

/**
 * Times copies of each length that is timed, at the first size of that length.
 * @param {import('../plan.js').Times[]} sets
 * @param {import('./journal.js').Journal} journal
 */
export function timeCopies(sets, journal) {
  /** @type {Record<string, number[]>} nanoseconds by length, one for each round */
  const copies = (journal.found['copies'] ??= {});
  for (const { length, seconds, size } of sets) {
    const found = (copies[length] ??= []);
    while (found.length < ROUNDS) {
      journal.turn(`copies of ${length} bytes`);
      const task = /** @type {const} */ ({ what: 'copies', name: 'JavaScript', size, length });
      found.push(runChild({ ...task, seconds }));
      journal.keep({ copies });
      if (found.length === ROUNDS) console.log(`a copy of ${length} bytes: ${time(found[1])}`);
    }
  }
}
