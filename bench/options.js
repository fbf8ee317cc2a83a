import { parseArgs } from 'node:util';
import { contenders } from './contenders.js';

export const usage = `npm run bench -- [options]
  --size N      sessions in the cache (default 20480; with --memory 1000000)
  --only NAME   only this contender; may be repeated
  --rounds N    processes per contender (default 7)
  --seconds S   about how long an operation is timed in each (default 0.3, or longer for a large size)
  --quick       two short rounds
  --memory      what a full cache of 158-byte sessions weighs, instead of times
  --json FILE   writes all figures there too`;

/**
 * @typedef {object} Options
 * @property {number} size
 * @property {string[]} names
 * @property {number} rounds
 * @property {number} seconds
 * @property {boolean} memory
 * @property {string | undefined} json
 */

/**
 * @param {string[]} args
 * @returns {Options}
 * @throws {Error} naming the option that is wrong
 */
export function parse(args) {
  const { values } = parseArgs({
    args,
    options: {
      size: { type: 'string' },
      only: { type: 'string', multiple: true },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      memory: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  });
  const { quick, memory, json, only = Object.keys(contenders) } = values;
  const size = integer(values.size, 'size') ?? (memory ? 1_000_000 : 20_480);
  const unknown = only.find((name) => !(name in contenders));
  if (unknown !== undefined) {
    throw new Error(`--only ${unknown}: there are ${Object.keys(contenders).join(', ')}`);
  }
  return {
    size,
    names: only,
    rounds: integer(values.rounds, 'rounds') ?? (quick ? 2 : 7),
    // Long enough for the rare, long steps of a large cache, such as a rehash of a Map, to count.
    seconds: seconds(values.seconds) ?? Math.max(quick ? 0.1 : 0.3, size * 2e-6),
    memory,
    json,
  };
}

/**
 * @param {string | undefined} value
 * @param {string} title
 * @returns {number | undefined}
 */
function integer(value, title) {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (Number.isSafeInteger(number) && number >= 1) return number;
  throw new Error(`--${title} expected an integer >= 1, got ${value}`);
}

/**
 * @param {string | undefined} value
 * @returns {number | undefined}
 */
function seconds(value) {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (number > 0 && number < 600) return number;
  throw new Error(`--seconds expected a number above 0 and below 600, got ${value}`);
}
