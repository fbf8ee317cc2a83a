// Tombstones: what a removed or used session leaves in the store, so that a write of it which
// arrives later brings nothing back. Such a write may come from a process that has not heard of the
// removal, or that has ended since: it waits in a client library or on the network.
//
// One tombstone takes the session's own place. Where the store has `add` and `replace`, sessions
// are only added where there is nothing, and say so: they are guarded. A second tombstone has a
// name of its own. It is asked for when a session is found that is not guarded, for the write of
// that has replaced what was there. So processes whose stores differ in this may share sessions.
//
// A tombstone is not sealed. An attacker who can write one could delete the session as well, and
// one that is read makes a miss, of which nothing is remembered.

import type { Sealer } from './sealers.ts';
import { aadOfTombstone } from './associated-data.ts';
import type { ExternalStore } from './store.ts';

/** The first byte of a value is its format: no value of another format begins so (sealers.ts). */
const FORMAT = 2;

/** The value; it must not be written to. */
export const TOMBSTONE: Uint8Array = Uint8Array.of(FORMAT);

export function isTombstone(value: unknown): boolean {
  return value instanceof Uint8Array && value[0] === FORMAT;
}

/** Whether sessions can be guarded. */
export function isGuarding(
  store: ExternalStore,
): store is ExternalStore & Required<Pick<ExternalStore, 'add' | 'replace'>> {
  return store.add !== undefined && store.replace !== undefined;
}

/** The name of the tombstone of a session that is not under the session's own. */
export function tombstoneName(
  sealer: Pick<Sealer, 'nameOf'>,
  namespace: Uint8Array,
  version: number,
  id: Uint8Array,
): string {
  return sealer.nameOf(aadOfTombstone(namespace, version, id));
}
