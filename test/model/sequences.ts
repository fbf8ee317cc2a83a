// Runs several random sequences, one after another.

import { debugModule } from '../support/debug-core.ts';
import { runSequence, type Plan } from './sequence.ts';
import { validate } from './validate.ts';

/** Sequences with the seeds `seed`, `seed` + 1 …, of `count` calls each. */
export interface Sequences extends Pick<Plan, 'seed' | 'count' | 'size' | 'openssl' | 'limit'> {
  sequences: number;
  /** On the debug core, which checks its invariants after every call. */
  debug?: boolean;
}

/** Returns what there is to say about the first difference, or ''. */
export function runSequences({ sequences, debug = false, ...given }: Sequences): string {
  const plan: Plan = debug ? { ...given, module: debugModule(), inspect: validate } : given;
  try {
    for (let i = 0; i < sequences; i++) runSequence({ ...plan, seed: given.seed + i });
  } catch (error) {
    return `${(error as Error).message}\n`;
  }
  return '';
}
