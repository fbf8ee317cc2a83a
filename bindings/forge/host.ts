// One adapter: answers forge's requests for sessions and stores those of finished handshakes. On
// any error forge gets no session and makes a full handshake.

import { bytesInPlaceOf, internalsOf } from '../cache/internal.ts';
import { type Session, type SessionCache, SessionCacheMode } from '../index.ts';
import { bytesOf, decode, encode } from './session.ts';
import { inFlight } from './in-flight.ts';
import { findPeer, idOfPeer } from './peer.ts';
import type { ForgeSettings } from './options.ts';
import type { ForgeConnection, ForgeConnectionInfo, ForgeSession, ForgeStats } from './types.ts';
import { TLS1_0, TLS1_1, TLS1_2 } from '../protocol.ts';

/** In order of likelihood: servers of forge 1.4 negotiate TLS 1.0, its clients 1.1 at most. */
const VERSIONS = [TLS1_0, TLS1_1, TLS1_2];
const ID_MAX = 32;
const NO_BYTES = new Uint8Array(0);

export class ForgeHost {
  readonly cache: SessionCache;
  readonly stats: ForgeStats = newStats();
  readonly #settings: ForgeSettings;
  /**
   * Sessions passed to forge, by its `sp`. The connection has the same `sp` object afterwards only
   * if it has resumed.
   */
  readonly #handedOut = new WeakMap<object, Session>();
  /** The `sp` of finished handshakes: forge may close a connection twice. */
  readonly #finished = new WeakSet<object>();

  constructor(cache: SessionCache, settings: ForgeSettings) {
    this.cache = cache;
    this.#settings = settings;
  }

  get #bit(): number {
    return this.#settings.role === 'server' ? SessionCacheMode.SERVER : SessionCacheMode.CLIENT;
  }

  /** Answers a request of forge: the session with an id or, without an id, that of the peer. */
  ask(text: unknown, connection: ForgeConnection | undefined): ForgeSession | null {
    try {
      const isServer = this.#settings.role === 'server';
      const answer = isServer ? this.#askServer(text, connection) : this.#askClient(text, connection); // prettier-ignore
      if (answer) this.stats.hits++;
      return answer;
    } catch (error) {
      this.stats.misses.error++;
      this.#report(error);
      return null;
    }
  }

  /** The cached session from which `ask` made the one that it returned. */
  behind(session: ForgeSession): Session | undefined {
    return this.#handedOut.get(session.sp);
  }

  #askServer(text: unknown, connection: ForgeConnection | undefined): ForgeSession | null {
    const { cache, stats } = this;
    cache.startHandshake('server', { renegotiation: isRenegotiation(connection) });
    const id = bytesOf(text) ?? NO_BYTES;
    if (id.length === 0 || id.length > ID_MAX) {
      stats.misses.blank++;
      return null;
    }
    const session = this.#lookUp(id, connection);
    if (!session) {
      stats.misses.absent++;
      return null;
    }
    return this.#handOut(session, id);
  }

  /** Forge does not pass the version of the hello, but compares it with the session's. */
  #lookUp(id: Uint8Array, connection: ForgeConnection | undefined): Session | undefined {
    const { cache } = this;
    const cached = VERSIONS.filter((each) => cache.hasMatchingSessionId(id, each));
    // The version of an external session is unknown. If there is no external cache, a single lookup
    // counts the miss.
    const outside = cache.getGetSessionCallback() ? VERSIONS : VERSIONS.slice(0, 1);
    for (const version of cached.length > 0 ? cached : outside) {
      const session = cache.viewSession(id, this.#infoOf(version, connection));
      if (session) return session;
    }
    return undefined;
  }

  #askClient(text: unknown, connection: ForgeConnection | undefined): ForgeSession | null {
    const { cache, stats } = this;
    const session = this.#find();
    const wanted = text === undefined ? undefined : (bytesOf(text) ?? NO_BYTES);
    const isInUse = session && !connection && inFlight.has(cache, session.serial);
    const answer = session && !isInUse ? this.#handOut(session, wanted) : null;
    // After null for an id, forge asks once more without one: it is the same handshake.
    if (answer || wanted === undefined) {
      cache.startHandshake('client', { renegotiation: isRenegotiation(connection) });
    }
    if (isInUse) stats.misses.inUse++;
    else if (!session) stats.misses.absent++;
    if (answer && !connection) inFlight.add(cache, session!.serial);
    return answer;
  }

  #find(): Session | undefined {
    const internals = internalsOf(this.cache).alone().open();
    if (!internals.has(SessionCacheMode.CLIENT)) return undefined;
    const { peer, context = internals.sessionIdContext } = this.#settings;
    const id = idOfPeer(peer, context);
    for (const version of VERSIONS) {
      const session = findPeer(internals, id, version, context);
      if (session) return session;
    }
    return undefined;
  }

  #handOut(session: Session, id: Uint8Array | undefined): ForgeSession | null {
    const { role, peer } = this.#settings;
    const { protocolVersion } = session;
    const answer = decode(bytesInPlaceOf(session), { role, id, peer, protocolVersion });
    if (!answer) {
      this.stats.misses.unreadable++;
      return null;
    }
    this.#handedOut.set(answer.sp, session);
    return answer;
  }

  /**
   * Call it when forge has finished a handshake or closed a connection. Only watched connections
   * know whether the handshake `isUnfinished`. Returns the session that was resumed or made.
   */
  finish(
    session: unknown,
    connection: ForgeConnection | undefined,
    isUnfinished = false,
  ): Session | undefined {
    try {
      const { sp } = (session ?? {}) as Partial<ForgeSession>;
      if (typeof sp === 'object' && sp !== null) {
        if (this.#finished.has(sp)) return undefined;
        this.#finished.add(sp);
      }
      if (isUnfinished || typeof sp?.master_secret !== 'string') {
        this.stats.notStored.unfinished++;
        return undefined;
      }
      const resumed = this.#handedOut.get(sp);
      return resumed ? this.#resumed(resumed, connection) : this.#made(session, connection);
    } catch (error) {
      this.stats.notStored.error++;
      this.#report(error);
      return undefined;
    }
  }

  /**
   * Forge passes a resumed session again when the connection is closed. It is still in the cache,
   * and adding it again would extend its life.
   */
  #resumed(session: Session, connection: ForgeConnection | undefined): Session {
    this.stats.handshakes.resumed++;
    inFlight.delete(this.cache, session.serial);
    const about = this.#infoOf(session.protocolVersion, connection);
    this.cache.finishHandshake(this.#settings.role, session, { resumed: true, connection: about });
    return session;
  }

  #made(session: unknown, connection: ForgeConnection | undefined): Session | undefined {
    const { cache, stats } = this;
    const { role, peer, context, tags } = this.#settings;
    stats.handshakes.full++;
    const established = encode(session, role, peer);
    if (!established) {
      stats.notStored.unreadable++;
      cache.finishHandshake(role, undefined);
      return undefined;
    }
    const { data, protocolVersion } = established;
    const about = this.#infoOf(protocolVersion, connection);
    const internals = internalsOf(cache).alone().open();
    const id =
      role === 'server' ? established.id : idOfPeer(peer, context ?? internals.sessionIdContext);
    const made = cache.createSession({ id, data, tags, connection: about });
    if (internals.has(this.#bit)) stats.stored++;
    else stats.notStored.cacheOff++;
    try {
      cache.finishHandshake(role, made, { connection: about });
      if (role === 'client') this.#removeOlder(id, protocolVersion);
    } finally {
      if (!internals.showsNewSessions) data.fill(0); // the cache has its copy
    }
    return made;
  }

  /** One session for each peer, whatever its version. */
  #removeOlder(id: Uint8Array, version: number): void {
    for (const other of VERSIONS) {
      if (other !== version) this.cache.removeSessionById(id, other);
    }
  }

  /** Removes the session of a failed connection: it must not be resumed (RFC 5246 §7.2.2). */
  drop(session: Session): void {
    try {
      if (!session.isCached) return;
      // By its id: the handle's bytes are overwritten, and the remove callback needs them.
      internalsOf(this.cache).open().removeById(session.id, session.protocolVersion, 'aborted');
      this.stats.dropped++;
    } catch (error) {
      this.#report(error);
    }
  }

  #infoOf(protocolVersion: number, connection: ForgeConnection | undefined): ForgeConnectionInfo {
    const { context } = this.#settings;
    return { protocolVersion, connection, ...(context && { sessionIdContext: context }) };
  }

  #report(error: unknown): void {
    this.stats.errors++;
    try {
      this.#settings.onError?.(error);
    } catch {
      // the handshake comes first
    }
  }
}

function isRenegotiation(connection: ForgeConnection | undefined): boolean {
  return connection !== undefined && connection.handshakes > 0;
}

function newStats(): ForgeStats {
  return {
    handshakes: { full: 0, resumed: 0 },
    hits: 0,
    misses: { blank: 0, absent: 0, inUse: 0, unreadable: 0, error: 0 },
    stored: 0,
    notStored: { unfinished: 0, unreadable: 0, cacheOff: 0, error: 0 },
    dropped: 0,
    errors: 0,
  };
}
