// Replays one vector through the public API and compares, operation by operation, everything it
// recorded: return value, callbacks in order with their fields, state of caches and sessions.

import { firstDifference } from './difference.ts';
import { execute } from './operations.ts';
import { Observer } from './state.ts';
import { Command } from './text.ts';
import { withoutFrees } from './trace.ts';
import type { Step, Vector } from '../vector.ts';
import { World, type WorldOptions } from './world.ts';

/** The first operation of a vector that came out otherwise than recorded. */
export interface Failure {
  name: string;
  /** Number and words of the operation. */
  operation: string;
  /** Where in its outcome: `ret.reused`, `ev[0].num`, `st.S.order[1]`; or `error`. */
  path: string;
  expected: unknown;
  got: unknown;
}

export interface ReplayOptions extends WorldOptions {
  /** Called after every operation: may throw. */
  readonly check?: (world: World) => void;
}

/** Replays `vector`. Returns what went wrong first, or undefined. */
export function replay(vector: Vector, options: ReplayOptions): Failure | undefined {
  const world = new World(options, execute);
  const observer = new Observer(world);
  for (const step of vector.steps) {
    const difference = attempt(world, step, observer, options);
    if (difference === undefined) continue;
    return { name: vector.name, operation: `${step.i}: ${step.cmd.join(' ')}`, ...difference };
  }
  return undefined;
}

type Trouble = Omit<Failure, 'name' | 'operation'>;

/** Runs one operation; an exception, from the API or from a check, is a difference too. */
function attempt(
  world: World,
  step: Step,
  observer: Observer,
  { check }: ReplayOptions,
): Trouble | undefined {
  try {
    const command = new Command(step.cmd);
    const { value: ret, events: ev } = world.trace.during(() => execute(world, command));
    const difference =
      firstDifference(step.ret, ret, 'ret') ??
      firstDifference(withoutFrees(step.ev), withoutFrees(ev), 'ev');
    if (difference !== undefined || step.st === undefined) return difference;
    check?.(world);
    return firstDifference(step.st, observer.changes(), 'st');
  } catch (error) {
    const got = error instanceof Error ? (error.stack ?? error.message) : error;
    return { path: 'error', expected: 'none', got };
  }
}
