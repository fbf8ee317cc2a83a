// Times: a process for each contender, size and round; in each round another one begins, so that
// what the machine does meanwhile meets all.

import { contenders, harness, OPENSSL } from '../contenders/index.js';
import { runChild } from '../measure/child.js';
import { runNative } from '../native/build.js';
import { times as text } from '../report/text.js';

/** OpenSSL's search through one chain of ids takes so long that once has to do. */
const ONCE = 0;

/**
 * @param {import('../plan.js').Times} set
 * @param {string[]} names
 * @returns {import('../report/ratios.js').Figures}
 */
export function timeSet(set, names) {
  const { size, length, rounds } = set;
  const taking = [...names, harness].filter((name) => takesPart(name, set));
  const out = names.filter((name) => !taking.includes(name));
  /** @type {import('../report/ratios.js').Figures} */
  const figures = Object.fromEntries(taking.map((name) => [name, {}]));
  for (let round = 0; round < rounds; round++) {
    for (const name of rotated(taking, round)) {
      console.error(
        `${size} sessions of ${length} bytes, round ${round + 1} of ${rounds}: ${name}`,
      );
      for (const [workload, nanoseconds] of Object.entries(once(name, set, round))) {
        (figures[name][workload] ??= []).push(nanoseconds);
      }
    }
  }
  console.log(`\n${size} sessions of ${length} bytes, ids of 32 bytes, median of ${rounds} rounds`);
  if (out.length > 0) console.log(`not at this size: ${out.join('; ')}`);
  console.log(
    'every figure includes the harness; the caches of JavaScript keep data by reference\n',
  );
  console.log(text(figures));
  return figures;
}

/**
 * @param {string} name
 * @param {import('../plan.js').Times} set
 * @param {number} round
 * @returns {Record<string, number>}
 */
function once(name, { size, length, seconds }, round) {
  if (name !== OPENSSL) {
    return runChild({ what: 'time', name, size, length, seconds, scope: 'all' });
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

/**
 * @template T
 * @param {T[]} list
 * @param {number} by
 */
export function rotated(list, by) {
  const start = by % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}
