// Random sequences on demand, and any one of them again:
//
//   node --import tsx test/model/cli.ts --seed 1 --count 100000
//   node --import tsx test/model/cli.ts --seed 7 --count 421 --size 3 --profile manual --debug
//
// --sequences N goes on with the seeds that follow. --limit bytes or memory. --debug takes the
// debug core and has it validate itself after every step.

import { parseArgs } from 'node:util';
import { runSequences, type Sequences } from './sequences.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '100000' },
    sequences: { type: 'string', default: '1' },
    size: { type: 'string' },
    profile: { type: 'string' },
    limit: { type: 'string' },
    debug: { type: 'boolean', default: false },
  },
});

const started = performance.now();
const asked: Sequences = {
  seed: Number(values.seed),
  sequences: Number(values.sequences),
  count: Number(values.count),
  debug: values.debug,
};
if (values.size !== undefined) asked.size = Number(values.size);
if (values.profile !== undefined) asked.openssl = values.profile === 'openssl-3.0';
if (values.limit !== undefined) asked.limit = values.limit === 'bytes' ? 'bytes' : 'memory';
const disagreement = runSequences(asked);
if (disagreement) {
  console.error(disagreement);
  process.exitCode = 1;
}
console.log(`${((performance.now() - started) / 1000).toFixed(1)} s`);
