// Random sequences on demand, and any one of them again:
//
//   node --import tsx test/model/cli.ts --seed 1 --count 100000
//   node --import tsx test/model/cli.ts --seed 7 --count 421 --size 3 --profile manual --debug
//
// --sequences N goes on with the seeds that follow. --limit bytes or memory. --debug takes the debug core and has it validate
// itself after every step.

import { parseArgs } from 'node:util';
import { debugModule } from '../support/debug-core.ts';
import { runSequence, type Plan } from './sequence.ts';
import { validate } from './validate.ts';

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

const first = Number(values.seed);
const started = performance.now();
for (let seed = first; seed < first + Number(values.sequences); seed++) {
  const plan: Plan = { seed, count: Number(values.count) };
  if (values.size !== undefined) plan.size = Number(values.size);
  if (values.profile !== undefined) plan.openssl = values.profile === 'openssl-3.0';
  if (values.limit !== undefined) plan.limit = values.limit === 'bytes' ? 'bytes' : 'memory';
  if (values.debug) {
    plan.module = debugModule();
    plan.inspect = validate;
  }
  try {
    runSequence(plan);
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
    break;
  }
}
console.log(`${((performance.now() - started) / 1000).toFixed(1)} s`);
