// The cheapest string of 32 bytes as a key, for each cache that needs one.

import { contenders } from '../contenders/index.js';
import { keys } from '../contenders/keys.js';
import { DATA_BYTES } from '../data/sessions.js';
import { runChild } from '../measure/child.js';
import { median } from '../report/ratios.js';
import { table } from '../report/text.js';

const SIZE = 20_480;

/**
 * @param {{ rounds: number, seconds: number }} set
 * @param {string[]} names
 * @returns {Record<string, Record<string, number[]>>} nanoseconds per hit by contender and key
 */
export function timeKeys({ rounds, seconds }, names) {
  const taking = names.filter((name) => contenders[name]?.key !== undefined);
  /** @type {Record<string, Record<string, number[]>>} */
  const found = {};
  for (let round = 0; round < rounds; round++) {
    for (const name of taking) {
      for (const key of Object.keys(keys)) {
        const task = { name, size: SIZE, length: DATA_BYTES, seconds, key };
        const { view } = runChild({ what: 'time', scope: 'basic', ...task });
        ((found[name] ??= {})[key] ??= []).push(view);
      }
      console.error(`round ${round + 1} of ${rounds}: ${name}`);
    }
  }
  const rows = Object.keys(keys).map((key) =>
    [key].concat(taking.map((name) => median(found[name][key]).toFixed(0))),
  );
  console.log(`hit, nanoseconds, ${SIZE} sessions, median of ${rounds} rounds\n`);
  console.log(table([['', ...taking], ...rows]));
  return found;
}
