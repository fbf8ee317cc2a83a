// Changes to a session, cached or not.

import type { Seconds } from '../checks.ts';
import { SessionCacheError } from '../errors.ts';
import { bornOf, setBegin } from './extras.ts';
import { entryOf, type SessionState } from './state.ts';

/** Sets one time or both, as Session's setTime and setTimeout. */
export function setTimes(
  session: SessionState,
  time: Seconds | undefined,
  timeout: Seconds | undefined,
): boolean {
  const at = entryOf(session);
  if (at) {
    if (session.home!.locks(at)) return false;
    const { store } = session.home!;
    const newTime = time ?? store.timeOf(at);
    if (!store.retime(at, newTime, timeout ?? store.timeoutOf(at))) throw noMemory();
  }
  const newTime = time ?? session.ownTime;
  const born = bornOf(session);
  setBegin(session, newTime, newTime < born ? newTime : born);
  session.ownTimeout = timeout ?? session.ownTimeout;
  return true;
}

/** Throws if a cache holds the session. */
export function refuseCached(session: SessionState, what: string): void {
  if (entryOf(session) === 0) return;
  throw new SessionCacheError(
    'ERR_SESSCACHE_CACHED',
    `the ${what} of a cached session cannot change: remove the session first, or dup() it`,
  );
}

export function noMemory(): SessionCacheError {
  return new SessionCacheError('ERR_SESSCACHE_NO_MEMORY', 'no memory left for this change');
}
