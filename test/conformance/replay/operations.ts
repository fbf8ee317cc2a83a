// Runs the operations of a script. Each returns what the recorder prints as `ret`: OpenSSL's return
// value, with its 0 for bad input where the API throws a RangeError.

import { SessionCacheError } from '../../../bindings/index.ts';
import { cacheOperations, type ContextOperation } from './cache-operations.ts';
import { connectionOperations } from './connection-operations.ts';
import { sessionOperations } from './session-operations.ts';
import { integer, printed, Refusal, type Command } from './text.ts';
import type { World } from './world.ts';

export type Operation = (world: World, command: Command) => unknown;

const clockOperations: Readonly<Record<string, Operation>> = {
  clock: (world, command) => (world.clock = integer(command.word(1))),
  tick: (world, command) => (world.clock += integer(command.word(1))),
};

const operations = new Map<string, Operation>([
  ...Object.entries({ ...clockOperations, ...connectionOperations, ...sessionOperations }),
  ...Object.entries(cacheOperations).map(([name, run]) => [name, onContext(run)] as const),
]);

/** Where OpenSSL answers 0 to a value out of range. */
const refusing = new Set(['size', 'sidctx', 'set_timeout', 'set_sidctx', 'set_id']);

/** What OpenSSL leaves undefined, and the API has an error for: no recorded line has it. */
const undefinedBehaviour = new Set(['ERR_SESSCACHE_OTHER_CACHE', 'ERR_SESSCACHE_CACHED']);

/** Runs one operation and returns its `ret`. */
export function execute(world: World, command: Command): unknown {
  const name = command.word(0);
  const operation = operations.get(name);
  if (operation === undefined) return 'unknown';
  try {
    return asPrinted(operation(world, command));
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    if (error instanceof RangeError && refusing.has(name)) return 0;
    if (error instanceof SessionCacheError && undefinedBehaviour.has(error.code)) return 'ub';
    throw error;
  } finally {
    world.leaving.flushed(world.hookRunner.depth);
  }
}

/** OpenSSL's form of what the API returned: 1 for true and for nothing, text for large numbers. */
function asPrinted(value: unknown): unknown {
  switch (typeof value) {
    case 'undefined':
      return 1;
    case 'boolean':
      return Number(value);
    case 'bigint':
      return printed(value);
    default:
      return value;
  }
}

function onContext(run: ContextOperation): Operation {
  return (world, command) => run(world.context(command.word(1)), command, world);
}
