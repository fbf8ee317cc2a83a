import { parseArgs } from 'node:util';
import { contenders, OPENSSL } from './contenders/index.js';
import { RUNTIMES } from './runs/releases.js';

export const usage = `npm run bench -- [options]
  --quick       everything once and briefly, at small sizes: two minutes
  --only NAME   only this contender; may be repeated
  --on RUNTIME  times on this runtime too: 20, 22, 24, 26 or bun; may be repeated; by default all of
                them, and none with --quick or --size
  --json FILE   writes every figure there too, for npm run bench:report
  --resume      measures only what FILE does not have yet
  --minutes N   ends after so many minutes, with exit code 3; --resume takes it up again
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
 * @property {string[]} runtimes besides this one
 * @property {string | undefined} json
 * @property {boolean} resume
 * @property {number} minutes
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
      on: { type: 'string', multiple: true },
      json: { type: 'string' },
      resume: { type: 'boolean', default: false },
      minutes: { type: 'string', default: 'Infinity' },
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
  const unsupported = values.on?.find((name) => !RUNTIMES.includes(name));
  if (unsupported !== undefined) {
    throw new Error(`--on ${unsupported}: there are ${RUNTIMES.join(', ')}`);
  }
  if (values.resume && json === undefined) throw new Error('--resume needs --json FILE');
  const sizes = (values.size ?? []).map((size) => integer(size, 'size'));
  const other = sizes.length > 0 ? 'times' : 'all';
  return {
    what: memory ? 'memory' : scale ? 'scale' : keys ? 'keys' : other,
    names,
    quick,
    processorTime: values['processor-time'],
    sizes,
    rounds: values.rounds === undefined ? undefined : integer(values.rounds, 'rounds'),
    seconds: values.seconds === undefined ? undefined : positive(values.seconds, 'seconds', 600),
    runtimes: values.on ?? (quick || other === 'times' ? [] : RUNTIMES),
    json,
    resume: values.resume,
    minutes: positive(values.minutes, 'minutes', Infinity),
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
 * @param {string} value
 * @param {string} title
 * @param {number} most
 * @returns {number}
 */
function positive(value, title, most) {
  const number = Number(value);
  if (number > 0 && number <= most) return number;
  throw new Error(`--${title} expected a number above 0 and at most ${most}, got ${value}`);
}
