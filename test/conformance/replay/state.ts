// The state that a vector records after each operation: both caches, and every labelled session.
// Only what has changed is recorded, and only that is compared; what has not is the same in both
// then.

import type { Session } from '../../../bindings/index.ts';
import type { Context } from './context.ts';
import { isResumable, type Entry, type Registry } from './registry.ts';
import { equalBytes, hex, printed, type Printed } from './text.ts';
import type { World } from './world.ts';

interface CacheState {
  num: number;
  mode: number;
  size: Printed;
  timeout: Printed;
  /** In the order of OpenSSL's SSL_CTX_sess_connect … SSL_CTX_sess_cache_full. */
  stats: number[];
  /** Labels, next to be evicted first. */
  order: string[];
}

export interface SessionState {
  id: string;
  ver: number;
  time: Printed;
  timeout: Printed;
  sidctx: string;
  res: number;
}

/** What has changed. */
export interface State {
  S?: CacheState;
  C?: CacheState;
  /** null: freed. */
  sess?: Record<string, SessionState | null>;
}

/** Looks at a world after each operation. */
export class Observer {
  readonly #world: World;
  readonly #caches = new Map<Context, string>();

  constructor(world: World) {
    this.#world = world;
  }

  /** What is not as it was when this was called before. */
  changes(): State {
    const state: State = {};
    for (const context of [this.#world.S, this.#world.C]) {
      if (!context.isMentioned) continue;
      const now = observeCache(this.#world, context);
      const text = JSON.stringify(now);
      if (this.#caches.get(context) === text) continue;
      this.#caches.set(context, text);
      state[context.name] = now;
    }
    const sess = changedSessions(this.#world.registry);
    return sess === undefined ? state : { ...state, sess };
  }
}

function changedSessions(registry: Registry): State['sess'] {
  let sess: State['sess'];
  for (const entry of registry) {
    // A client's private copy is of no interest, nor is what came and went within an operation.
    if (entry.label === undefined || entry.base.endsWith('.p')) continue;
    const now = registry.isAlive(entry) ? observeSession(entry, entry.session) : null;
    if (now === null && entry.shown === undefined) continue;
    if (isSame(now, entry.shown)) continue;
    entry.shown = now;
    sess ??= {};
    sess[entry.label] = now;
  }
  registry.forgetDead();
  return sess;
}

function observeCache({ registry }: World, { cache }: Context): CacheState {
  const stats = cache.stats();
  return {
    num: stats.number,
    mode: cache.getSessionCacheMode(),
    size: cache.getCacheSize(),
    timeout: printed(cache.getTimeout()),
    stats: [
      stats.connect,
      stats.connectGood,
      stats.connectRenegotiate,
      stats.accept,
      stats.acceptGood,
      stats.acceptRenegotiate,
      stats.hits,
      stats.cbHits,
      stats.misses,
      stats.timeouts,
      stats.cacheFull,
    ],
    order: Array.from(cache, (session) => {
      const entry = registry.of(session);
      checkAgreement(entry, session);
      return registry.label(entry);
    }),
  };
}

function observeSession(entry: Entry, session: Session): SessionState {
  const { randomId } = entry;
  return {
    id: randomId ? `?${session.id.length}` : hex(session.id),
    ver: session.protocolVersion,
    time: printed(session.time),
    timeout: printed(session.timeout),
    sidctx: hex(session.sessionIdContext),
    res: Number(isResumable(entry, session)),
  };
}

function isSame(a: SessionState | null, b: SessionState | null | undefined): boolean {
  if (a === null || b === null || b === undefined) return a === b;
  return (
    a.id === b.id &&
    a.ver === b.ver &&
    a.time === b.time &&
    a.timeout === b.timeout &&
    a.sidctx === b.sidctx &&
    a.res === b.res
  );
}

/** The cache's own handle of a session must tell the same as the handle that the script has. */
function checkAgreement(entry: Entry, fromCache: Session): void {
  const { session } = entry;
  const ours = observeSession(entry, session);
  const its = observeSession(entry, fromCache);
  if (isSame(ours, its) && session.isCached && equalBytes(session.data, fromCache.data)) return;
  const [own, cached] = [JSON.stringify(ours), JSON.stringify(its)];
  throw new Error(`two handles of ${entry.label} differ: ${own} and, cached, ${cached}`);
}
