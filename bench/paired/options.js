// The command line of the benchmarks of servers.

import { parseArgs } from 'node:util';

/**
 * What both take: `--block`, `--rounds`, `--warm-up`, `--processes` (see `Plan` in rounds.js), and
 * `--only` with a part of the names of the rows to measure.
 * @param {import('node:util').ParseArgsConfig['options']} [more] options of one of them
 * @returns {{ size: number, rounds: number, warmUp: number, processes: number, values: Record<string, any> }}
 * @throws {Error} naming the option
 */
export function readOptions(more = {}) {
  const { values } = parseArgs({
    options: {
      block: { type: 'string', default: '20' },
      rounds: { type: 'string', default: '200' },
      'warm-up': { type: 'string', default: '4000' },
      processes: { type: 'string', default: '2' },
      only: { type: 'string', default: '' },
      ...more,
    },
  });
  return {
    size: countFrom(values.block, '--block', 1),
    rounds: countFrom(values.rounds, '--rounds', 2),
    warmUp: countFrom(values['warm-up'], '--warm-up', 0),
    processes: countFrom(values.processes, '--processes', 1),
    values,
  };
}

/**
 * A count from the command line.
 * @param {string} value
 * @param {string} option such as `--rounds`
 * @param {number} least
 * @returns {number}
 * @throws {Error} naming the option
 */
export function countFrom(value, option, least) {
  const count = Number(value);
  if (Number.isSafeInteger(count) && count >= least) return count;
  throw new Error(`${option} expected an integer >= ${least}, got ${value}`);
}
