// Times: a process for each contender, size and round; in each round another one begins, so that
// what else the machine does affects all of them.

import { contenders, harness, OPENSSL } from '../contenders/index.js';
import { runChild } from '../measure/child.js';
import { runNative } from '../native/build.js';
import { times as text } from '../report/text.js';

/** OpenSSL's search through one chain of ids takes so long that it runs only once. */
const ONCE = 0;

/**
 * @typedef {import('../plan.js').Times & { figures: import('../report/ratios.js').Figures }} TimedSet
 */

/**
 * Times sets, and goes on where `found` ends.
 * @param {import('../plan.js').Times[]} sets
 * @param {(set: TimedSet) => string[]} namesOf who takes part
 * @param {object} run
 * @param {TimedSet[]} run.found what has been measured; more is added
 * @param {(title: string) => void} run.turn called before each process
 * @param {() => void} run.keep called after each
 * @param {({ name: string } & import('../measure/child.js').Runtime) | undefined} [run.runtime]
 */
export function timeSets(sets, namesOf, { found, turn, keep, runtime }) {
  sets.forEach((set, i) => {
    // If more rounds are asked for than before, the missing ones are added.
    const timed = (found[i] = { ...set, figures: found[i]?.figures ?? {} });
    const before = countOf(timed.figures);
    const names = namesOf(timed);
    timeSet(timed, names, { turn, keep, runtime });
    if (countOf(timed.figures) > before) print(timed, names, runtime?.name);
  });
}

/**
 * @param {TimedSet} set
 * @param {string[]} names
 * @param {Pick<Parameters<typeof timeSets>[2], 'turn' | 'keep' | 'runtime'>} run
 */
function timeSet(set, names, { turn, keep, runtime }) {
  const { size, length, rounds, figures } = set;
  const taking = [...names, harness].filter((name) => takesPart(name, set));
  const where = runtime ? `${runtime.name}, ` : '';
  for (const name of taking) figures[name] ??= {};
  for (let round = 0; round < rounds; round++) {
    for (const name of rotated(taking, round)) {
      if ((figures[name]['view']?.length ?? 0) > round) continue;
      turn(`${where}${size} sessions of ${length} bytes, round ${round + 1} of ${rounds}: ${name}`);
      for (const [workload, nanoseconds] of Object.entries(once(name, set, round, runtime))) {
        (figures[name][workload] ??= []).push(nanoseconds);
      }
      keep();
    }
  }
}

/**
 * @param {TimedSet} set
 * @param {string[]} names
 * @param {string | undefined} runtime
 */
function print(set, names, runtime) {
  const { size, length, rounds, figures } = set;
  const out = names.filter((name) => !takesPart(name, set));
  const where = runtime ? `, ${runtime}` : '';
  console.log(
    `\n${size} sessions of ${length} bytes, ids of 32 bytes, median of ${rounds} rounds${where}`,
  );
  if (out.length > 0) console.log(`not at this size: ${out.join('; ')}`);
  console.log(
    'every figure includes the harness; the caches of JavaScript keep data by reference\n',
  );
  console.log(text(figures));
}

/**
 * @param {string} name
 * @param {import('../plan.js').Times} set
 * @param {number} round
 * @param {import('../measure/child.js').Runtime | undefined} runtime
 * @returns {Record<string, number>}
 */
function once(name, { size, length, seconds }, round, runtime) {
  if (name !== OPENSSL) {
    return runChild({ what: 'time', name, size, length, seconds, scope: 'all' }, runtime);
  }
  const scope = round === ONCE ? 'all' : 'unprefixed';
  return runNative({ what: 'time', size, seconds, scope });
}

/**
 * @param {string} name
 * @param {{ size: number, length: number }} set
 */
function takesPart(name, { size, length }) {
  // OpenSSL keeps no bytes but an object of its own: there is no certificate to give it.
  if (name === OPENSSL) return length < 200;
  return size <= (contenders[name]?.largest ?? Infinity);
}

/** @param {import('../report/ratios.js').Figures} figures */
function countOf(figures) {
  return Object.values(figures).reduce((sum, { view = [] }) => sum + view.length, 0);
}

/**
 * @template T
 * @param {T[]} list
 * @param {number} by
 */
export function rotated(list, by) {
  const start = by % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}
