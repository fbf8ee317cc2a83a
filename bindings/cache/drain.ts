// Reading what lies in a cache, and taking it out, for adapters that know what they do with secrets.

import type { Seconds } from '../checks.ts';
import { EXTENDED_MASTER_SECRET, LEFT_FLUSHED, NOT_RESUMABLE, TAGGED } from '../core/abi.ts';
import { NO_TAGS } from '../session/extras.ts';
import type { Engine } from './engine.ts';
import { removeFound } from './removal.ts';

/** What an entry holds. `data` is a view, good only until the next call on the cache; the rest are copies. */
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

export function readEntry({ store }: Engine, at: number): CachedSession {
  const meta = store.metaOf(at);
  return {
    id: store.idOf(at),
    protocolVersion: store.versionOf(at),
    sessionIdContext: store.contextOf(at),
    extendedMasterSecret: (meta & EXTENDED_MASTER_SECRET) !== 0,
    time: store.timeOf(at),
    timeout: store.timeoutOf(at),
    authTime: store.bornOf(at),
    tags: meta & TAGGED ? store.tagsOf(at) : NO_TAGS,
    data: store.dataOf(at),
  };
}

/**
 * Hands the session that expires next to `take`, and removes it, as flushed: where a store is behind
 * the cache, it stays there. `take` returns false to leave it where it is. Sessions that are marked as
 * not resumable are removed and not handed out.
 *
 * @returns whether a session was taken; false: there is none, or it was left.
 */
export function drainNext(engine: Engine, take: (session: CachedSession) => boolean): boolean {
  const { store } = engine;
  for (;;) {
    const at = store.core.first() >>> 0;
    if (at === 0) return false;
    const meta = store.metaOf(at);
    if (!(meta & NOT_RESUMABLE)) {
      const wasTaken = take(readEntry(engine, at));
      if (!wasTaken) return false;
    }
    store.recall();
    removeFound(engine, at, LEFT_FLUSHED);
    if (!(meta & NOT_RESUMABLE)) return true;
  }
}
