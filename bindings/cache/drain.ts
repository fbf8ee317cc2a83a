// Reading and removing the sessions of a cache, for adapters that handle secrets with care.

import type { Seconds } from '../checks.ts';
import { EXTENDED_MASTER_SECRET, LEFT_FLUSHED, TAGGED } from '../core/abi.generated.ts';
import { NO_TAGS } from '../session/extras.ts';
import type { Engine } from './engine.ts';
import { locateEntry, type LocatedSession } from './located.ts';
import { removeFound } from './remove.ts';

/**
 * The content of an entry. `data` is a view that is valid only until the next call on the cache;
 * the rest are copies.
 */
export interface CachedSession {
  id: Uint8Array;
  data: Uint8Array;
  protocolVersion: number;
  sessionIdContext: Uint8Array;
  extendedMasterSecret: boolean;
  time: Seconds;
  timeout: Seconds;
  authTime: Seconds;
  tags: readonly Uint8Array[];
}

export function readEntry({ memory }: Engine, at: number): CachedSession {
  const meta = memory.metaOf(at);
  return {
    id: memory.nameOf(at),
    protocolVersion: memory.versionOf(at),
    sessionIdContext: memory.contextOf(at),
    extendedMasterSecret: (meta & EXTENDED_MASTER_SECRET) !== 0,
    time: memory.timeOf(at),
    timeout: memory.timeoutOf(at),
    authTime: memory.authTimeOf(at),
    tags: meta & TAGGED ? memory.tagsOf(at) : NO_TAGS,
    data: memory.dataOf(at),
  };
}

/**
 * Points `session` to the session that expires next, calls `take`, and removes the session as
 * flushed; a copy in an external store stays. `take` returns false to keep the session, and must
 * not call the cache. A session marked as not resumable is removed without a call.
 *
 * @returns whether one was removed; false: there is none, or `take` kept it.
 */
export function drainNext(engine: Engine, session: LocatedSession, take: () => boolean): boolean {
  const at = engine.open().memory.core.first() >>> 0;
  if (at === 0) return false;
  if (!engine.isMarked(at)) {
    locateEntry(engine, at, session);
    if (!take()) return false;
  }
  removeFound(engine, at, LEFT_FLUSHED);
  return true;
}
