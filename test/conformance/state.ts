// The state that a vector records after each operation: both caches, and every labelled session.

import type { Session } from '../../bindings/index.ts';
import type { Context } from './context.ts';
import type { Entry } from './registry.ts';
import { hex, printed, type Printed } from './text.ts';
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

interface SessionState {
  id: string;
  ver: number;
  time: Printed;
  timeout: Printed;
  sidctx: string;
  res: number;
}

/** What changed, as recorded; merged from the first operation on, all there is. */
export interface State {
  S?: CacheState;
  C?: CacheState;
  /** null: freed. */
  sess?: Record<string, SessionState | null>;
}

/** Takes over what `change` says is different. */
export function merge(state: State, change: State): void {
  if (change.S !== undefined) state.S = change.S;
  if (change.C !== undefined) state.C = change.C;
  state.sess = { ...state.sess, ...change.sess };
}

export function observe(world: World): State {
  const sess: NonNullable<State['sess']> = {};
  for (const entry of world.registry) {
    // A client's private copy is of no interest, nor is what came and went within an operation.
    if (entry.label === undefined || entry.base.endsWith('.p')) continue;
    const isAlive = world.registry.isAlive(entry);
    if (!isAlive && !entry.shown) continue;
    entry.shown = true;
    sess[entry.label] = isAlive ? observeSession(entry, entry.session) : null;
  }
  const state: State = { sess };
  for (const context of [world.S, world.C]) {
    if (context.isMentioned) state[context.name] = observeCache(world, context);
  }
  return state;
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

function observeSession({ randomId }: Entry, session: Session): SessionState {
  return {
    id: randomId ? `?${session.id.length}` : hex(session.id),
    ver: session.protocolVersion,
    time: printed(session.time),
    timeout: printed(session.timeout),
    sidctx: hex(session.sessionIdContext),
    res: Number(session.isResumable),
  };
}

/** The cache's own handle of a session must tell the same as the handle that the script has. */
function checkAgreement(entry: Entry, fromCache: Session): void {
  const ours = JSON.stringify(observeSession(entry, entry.session));
  const its = JSON.stringify(observeSession(entry, fromCache));
  if (ours !== its || !entry.session.isCached || hex(entry.session.data) !== hex(fromCache.data)) {
    throw new Error(`two handles of ${entry.label} differ: ${ours} and, cached, ${its}`);
  }
}
