// The SessionCache behind a ClientSessionCache, and the options of both.

import { checkCallback, checkInteger, describeOther, wrongType } from '../../checks.ts';
import { laterClock } from '../../clock.ts';
import { SessionCache, SessionCacheMode } from '../../index.ts';

const DAY = 86_400;

/** What `new ClientSessionCache` takes. */
export interface ClientSessionCacheOptions {
  /**
   * An existing cache in CLIENT mode, of profile `manual` and without UPDATE_TIME; you close it.
   * Default: a new one.
   */
  cache?: SessionCache | undefined;
  /**
   * Maximum number of sessions; the one that expires first is evicted. Not with `cache`. Default:
   * 16,384.
   */
  size?: number | undefined;
  /**
   * Maximum bytes of all sessions, management included; the one that expires first is evicted. Not
   * with `cache`. Default: 16,777,216.
   */
  maxBytes?: number | undefined;
  /**
   * Maximum number of TLS 1.3 tickets of one peer under one policy, 1 to 64. Default: the highest
   * number of simultaneous connections of the peer, 8 to 64.
   */
  ticketsPerPeer?: number | undefined;
  /**
   * Whether the last TLS 1.3 ticket of a peer stays usable: more connections resume, and an
   * observer who watches the network can link them (RFC 8446 C.4). Default: false.
   */
  keepLast?: boolean | undefined;
  /**
   * Maximum seconds from a full handshake to the last resumption that goes back to it, 1 to
   * 604,800; up to TLS 1.2 a new cache allows 86,400. Default: 604,800 (RFC 8446 §4.6.1).
   */
  maxLifetime?: number | undefined;
  /** The clock: whole seconds since the epoch. Not with `cache`. Default: that of `Date`. */
  now?: (() => number) | undefined;
}

export function newCache(options: ClientSessionCacheOptions, maxLifetime: number): SessionCache {
  const { size = 16_384, maxBytes = 16_777_216, now } = options;
  return new SessionCache({
    mode: SessionCacheMode.CLIENT,
    size: checkInteger(size, 'size', 1, Number.MAX_SAFE_INTEGER),
    maxBytes: checkInteger(maxBytes, 'maxBytes', 1, Number.MAX_SAFE_INTEGER),
    maxLifetime: { tls12: Math.min(maxLifetime, DAY), tls13: maxLifetime },
    now: checkCallback(now, 'now') ?? laterClock,
  });
}

export function checkCache(options: ClientSessionCacheOptions): SessionCache {
  const { cache, size, maxBytes, now } = options;
  if (!(cache instanceof SessionCache)) {
    wrongType('cache', 'SessionCache', cache, describeOther(cache, SessionCache));
  }
  if ((cache.getSessionCacheMode() & SessionCacheMode.CLIENT) === 0) {
    throw new RangeError('"cache" expected a cache in mode CLIENT or BOTH, got another mode');
  }
  if (cache.getSessionCacheMode() & SessionCacheMode.UPDATE_TIME) {
    throw new RangeError('"cache" expected a mode that renews no session, got UPDATE_TIME');
  }
  if (cache.profile !== 'manual') {
    throw new RangeError(`"cache" expected profile 'manual', got '${cache.profile}'`);
  }
  if (size !== undefined)
    throw new TypeError('"size" expected undefined with "cache", got a value');
  if (maxBytes !== undefined) {
    throw new TypeError('"maxBytes" expected undefined with "cache", got a value');
  }
  if (now !== undefined) throw new TypeError('"now" expected undefined with "cache", got a value');
  return cache;
}
