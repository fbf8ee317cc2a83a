// The calls of the store that a write makes.

import type { Write } from './queue.ts';
import type { ExternalStore } from './store.ts';
import { isGuarding, TOMBSTONE } from './tombstones.ts';

/**
 * The outcome of a write. `exists`: the store already had a value, and kept it. `deleted`: the
 * session was deleted, but the store took no tombstone.
 */
export type Outcome = 'written' | 'exists' | 'deleted';

/**
 * Sends a write. Rejects with what the store throws or rejects with; failures of a tombstone go to
 * `report` instead.
 */
export async function send(
  store: ExternalStore,
  write: Write,
  report: (error: unknown) => void,
): Promise<Outcome> {
  const { kind, name, value, tombstone, guarded } = write;
  const ttl = Math.max(1, Math.floor(write.until - performance.now()));
  if (write.send !== undefined) await write.send(ttl);
  else if (kind === 'deletion') return remove(store, { name, tombstone, ttl, report });
  else if (guarded === true && isGuarding(store)) {
    return (await store.add(name, value, ttl)) === false ? 'exists' : 'written';
  } else {
    if (tombstone !== undefined) await store.delete(tombstone);
    await store.set(name, value, ttl);
  }
  return 'written';
}

interface Removal {
  name: string;
  tombstone: string | undefined;
  ttl: number;
  report: (error: unknown) => void;
}

async function remove(
  store: ExternalStore,
  { name, tombstone, ttl, report }: Removal,
): Promise<Outcome> {
  const bury = async (under: string): Promise<unknown> => store.set(under, TOMBSTONE, ttl);
  const [inPlace, beside] = await Promise.allSettled([
    bury(name),
    tombstone === undefined ? undefined : bury(tombstone),
  ]);
  if (inPlace.status === 'rejected') {
    await store.delete(name); // a store that is full keeps nothing, and still deletes
    report(inPlace.reason);
    return 'deleted';
  }
  if (beside.status === 'rejected') throw beside.reason as Error;
  return 'written';
}
