import { parseArgs } from 'node:util';
import { contenders, OPENSSL } from './contenders/index.js';

export const usage = `npm run bench -- [options]
  --quick       everything once and briefly, at small sizes: under a minute
  --only NAME   only this contender; may be repeated
  --json FILE   writes every figure there too, for npm run bench:report
  --size N      times only, with N sessions in the cache, or so many for --memory and --scale; may be
                repeated
  --rounds N    processes per contender and size
  --seconds S   about how long an operation is timed in each
  --processor-time  counts what a process computes, not what it waits: for a busy machine
  --memory      only what a full cache weighs, and the longest single calls
  --scale       instead: how cost grows, from 1,000 to 16 million sessions
  --keys        instead: which string key is the cheapest for each of the others`;

/**
 * @typedef {object} Options
 * @property {'all' | 'times' | 'memory' | 'scale' | 'keys'} what
 * @property {string[]} names
 * @property {boolean} quick
 * @property {boolean} processorTime
 * @property {number[]} sizes
 * @property {number | undefined} rounds
 * @property {number | undefined} seconds
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
      size: { type: 'string', multiple: true },
      only: { type: 'string', multiple: true },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      'processor-time': { type: 'boolean', default: false },
      memory: { type: 'boolean', default: false },
      scale: { type: 'boolean', default: false },
      keys: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  });
  const { quick, memory, scale, keys, json } = values;
  if (Number(memory) + Number(scale) + Number(keys) > 1) {
    throw new Error('--memory, --scale and --keys are for one run each');
  }
  const all = [...Object.keys(contenders), OPENSSL];
  const names = values.only ?? all;
  const unknown = names.find((name) => !all.includes(name));
  if (unknown !== undefined) throw new Error(`--only ${unknown}: there are ${all.join('; ')}`);
  const sizes = (values.size ?? []).map((size) => integer(size, 'size'));
  const other = sizes.length > 0 ? 'times' : 'all';
  return {
    what: memory ? 'memory' : scale ? 'scale' : keys ? 'keys' : other,
    names,
    quick,
    processorTime: values['processor-time'],
    sizes,
    rounds: values.rounds === undefined ? undefined : integer(values.rounds, 'rounds'),
    seconds: seconds(values.seconds),
    json,
  };
}

/**
 * @param {string} value
 * @param {string} title
 * @returns {number}
 */
function integer(value, title) {
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
