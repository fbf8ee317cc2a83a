// A million random calls with --all, a part of them otherwise; each is compared with the model, in
// as many processes as there are cores. More, or one sequence again: see cli.ts.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { depth, remarkDepth } from '../support/depth.ts';
import type { Sequences } from './sequences.ts';

const test = suite('random calls against the model');
const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));
const PROCESSES = Math.min(availableParallelism(), 4);
let workers: ChildProcess[] = [];

test.before(() => {
  workers = Array.from({ length: PROCESSES }, () => fork(WORKER));
});

/** So many sequences of so many calls each. */
interface Amount {
  sequences: number;
  count: number;
}

const plans: { all: Amount; part: Amount }[] = [];

type Options = Pick<Sequences, 'size' | 'limit' | 'debug'>;

function agreeing(name: string, all: Amount, part: Amount, options: Options = {}): void {
  plans.push({ all, part });
  test(name, () => agree(depth(all, part), options));
}

agreeing(
  'caches of any small size, in both profiles',
  { sequences: 310, count: 3000 },
  { sequences: 40, count: 3000 },
);
agreeing(
  'a cache of 100 sessions',
  { sequences: 3, count: 1500 },
  { sequences: 2, count: 700 },
  { size: 100 },
);
agreeing(
  'a cache limited by bytes',
  { sequences: 15, count: 2000 },
  { sequences: 4, count: 2000 },
  { limit: 'bytes' },
);
agreeing(
  'a cache short of memory',
  { sequences: 6, count: 1500 },
  { sequences: 2, count: 1500 },
  { limit: 'memory' },
);
agreeing(
  'the core holds its invariants after every call',
  { sequences: 14, count: 1500 },
  { sequences: 4, count: 1500 },
  { debug: true },
);
agreeing(
  'so does that of a cache of 100',
  { sequences: 3, count: 700 },
  { sequences: 2, count: 350 },
  { size: 100, debug: true },
);
agreeing(
  'so does that of a cache limited by bytes',
  { sequences: 6, count: 1000 },
  { sequences: 2, count: 1000 },
  { limit: 'bytes', debug: true },
);
agreeing(
  'so does that of a cache short of memory',
  { sequences: 4, count: 1000 },
  { sequences: 2, count: 1000 },
  { limit: 'memory', debug: true },
);

test.after(() => {
  for (const worker of workers) worker.disconnect();
  const all = plans.reduce((sum, each) => sum + callsOf(each.all), 0);
  const part = plans.reduce((sum, each) => sum + callsOf(each.part), 0);
  remarkDepth('calls', all, depth(all, part));
});

function callsOf({ sequences, count }: Amount): number {
  return sequences * count;
}

/** Runs sequences 1 to `sequences`; fails with what the processes say. */
async function agree({ sequences, count }: Amount, options: Options): Promise<void> {
  const share = Math.ceil(sequences / PROCESSES);
  const said = workers.map((worker, i) => {
    const first = i * share + 1;
    const many = Math.max(0, Math.min(share, sequences + 1 - first));
    return answerOf(worker, { seed: first, sequences: many, count, ...options });
  });
  assert.is((await Promise.all(said)).join(''), '');
}

async function answerOf(worker: ChildProcess, asked: Sequences): Promise<string> {
  worker.send(asked);
  const [answer] = await Promise.race([
    once(worker, 'message'),
    once(worker, 'exit').then(([code]) => [`a process ended with ${code}`]),
  ]);
  return answer as string;
}

test.run();
