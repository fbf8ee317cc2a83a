// `npm run bench:compare -- DIR`: this build beside another checkout of the project, also built.
// Each round times both, in processes of their own; they take turns to go first. A ratio compares
// figures of the same round, so that the state of the machine cancels out.

import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { PROCESSOR_TIME } from './measure/clock.js';

const usage = `npm run bench:compare -- DIR [options]
  DIR           the checkout that this one is compared with; both must be built
  --node PATH   the release of Node that runs both; default: this one
  --size N      sessions in the cache; default: 20480
  --length N    bytes of a session; default: 160
  --rounds N    processes per build; default: 9
  --seconds S   about how long an operation is timed in each; default: 0.1
  --basic       only hits, misses and adds with eviction
  --processor-time  counts what a process computes, not what it waits: for a busy machine`;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    node: { type: 'string', default: process.execPath },
    size: { type: 'string', default: '20480' },
    length: { type: 'string', default: '160' },
    rounds: { type: 'string', default: '9' },
    seconds: { type: 'string', default: '0.1' },
    basic: { type: 'boolean', default: false },
    'processor-time': { type: 'boolean', default: false },
  },
});
const [base] = positionals;
if (base === undefined) {
  console.error(usage);
  process.exit(2);
}
if (values['processor-time']) process.env[PROCESSOR_TIME] = '1';
const here = fileURLToPath(new URL('../', import.meta.url));
const checkouts = { base: resolve(base), here };
const task = {
  what: 'time',
  name: 'sesscache',
  size: Number(values.size),
  length: Number(values.length),
  seconds: Number(values.seconds),
  scope: values.basic ? 'basic' : 'all',
};

/** @type {{ base: Record<string, number>, here: Record<string, number> }[]} */
const rounds = [];
for (let round = 0; round < Number(values.rounds); round++) {
  const first = round % 2 === 0 ? time('base') : undefined;
  const ours = time('here');
  rounds.push({ base: first ?? time('base'), here: ours });
}
console.log(
  `${task.size} sessions of ${task.length} bytes, ${rounds.length} rounds, ${values.node}`,
);
console.log(
  'ns per session               base     here    ratio   lowest  highest    least of all',
);
for (const workload of Object.keys(rounds[0]?.here ?? {})) {
  const ratios = rounds.map((round) => round.here[workload] / round.base[workload]);
  const [ours, theirs] = [rounds.map((r) => r.here[workload]), rounds.map((r) => r.base[workload])];
  const cells = [median(theirs).toFixed(1), median(ours).toFixed(1), median(ratios).toFixed(3)];
  const range = [Math.min(...ratios).toFixed(3), Math.max(...ratios).toFixed(3)];
  // On a busy machine the minimum is the figure with the least disturbance.
  range.push((Math.min(...ours) / Math.min(...theirs)).toFixed(3));
  const padded = [...cells, ...range].map((cell) => cell.padStart(9)).join('');
  console.log(`${workload.padEnd(24)}${padded}`);
}

/**
 * Nanoseconds per session of one build, by workload.
 * @param {'base' | 'here'} which
 * @returns {Record<string, number>}
 */
function time(which) {
  const program = resolve(checkouts[which], 'bench/measure/run.js');
  const args = ['--expose-gc', program, JSON.stringify(task)];
  const { error, status, stdout } = spawnSync(values.node, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`the build in ${checkouts[which]} failed`);
  return JSON.parse(stdout);
}

/** @param {number[]} figures */
function median(figures) {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = sorted.length >>> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2;
}
