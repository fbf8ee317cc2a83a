// Measures in a thread of its own, round by round, so that every contender meets the same minutes.

import { CONTENDERS, OPERATIONS, Run } from './workload.ts';
import type { Contender, Operation } from './workload.ts';

export interface Request {
  readonly size: number;
}

/** Nanoseconds an operation: the median of the rounds so far. */
export type Figures = Record<Contender, Record<Operation, number>>;

export type Reply =
  | { kind: 'progress'; done: number; of: number; figures: Figures | undefined }
  | { kind: 'done'; figures: Figures; checksum: number }
  | { kind: 'failed'; message: string };

const ROUNDS = 5;
const WARM_UP_MS = 40;
const ROUND_MS = 60;

const reply = (message: Reply): void => postMessage(message);

addEventListener('message', ({ data }: MessageEvent<Request>) => {
  try {
    measure(data.size);
  } catch (error) {
    reply({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  }
});

function measure(size: number): void {
  const of = CONTENDERS.length * (1 + ROUNDS);
  let done = 0;
  const runs = CONTENDERS.map((contender) => {
    const run = new Run(contender, size);
    for (const operation of ['hit', 'miss'] as const) run.measure(operation, WARM_UP_MS);
    reply({ kind: 'progress', done: ++done, of, figures: undefined });
    return { contender, run, times: { hit: [], miss: [], add: [] } as Record<Operation, number[]> };
  });
  const figures = (): Figures =>
    Object.fromEntries(
      runs.map(({ contender, times }) => [
        contender,
        Object.fromEntries(OPERATIONS.map((operation) => [operation, median(times[operation])])),
      ]),
    ) as Figures;

  for (let round = 0; round < ROUNDS; round++) {
    for (const { run, times } of runs) {
      for (const operation of OPERATIONS) times[operation].push(run.measure(operation, ROUND_MS));
      // Adding has put strangers in: what is looked up next has to be there again.
      run.refill();
      reply({ kind: 'progress', done: ++done, of, figures: round > 0 ? figures() : undefined });
    }
  }
  reply({ kind: 'done', figures: figures(), checksum: runs.reduce((n, { run }) => n + run.checksum, 0) }); // prettier-ignore
}

function median(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[sorted.length >>> 1] ?? Number.NaN;
}
