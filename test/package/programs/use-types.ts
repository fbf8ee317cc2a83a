// Type-checked, never run, by ../types.js under several compilers: what a typed user writes.
import {
  deriveSessionIdContext,
  Session,
  SessionCache,
  SessionCacheError,
  SessionCacheMode,
  type Connection,
  type RemovalCause,
  type Seconds,
  type SessionCacheErrorCode,
  type SessionCacheOptions,
  type SessionCacheStats,
  type SessionOptions,
} from 'sesscache';

const options: SessionCacheOptions = {
  mode: SessionCacheMode.BOTH | SessionCacheMode.NO_AUTO_CLEAR,
  size: 1000,
  timeout: 300n,
  profile: 'openssl-3.0',
  maxLifetime: { tls13: Infinity },
  now: () => 1,
};
const cache: SessionCache = new SessionCache(options);

const fields: SessionOptions = { id: new Uint8Array(32), data: new Uint8Array(8), tags: ['user'] };
const session: Session = new Session(fields);
const added: boolean = cache.addSession(session);
const found: Session | undefined = cache.resumeSession(session.id, { protocolVersion: 0x0303 });
const offered: Session | undefined = cache.findSession(session.id, { protocolVersion: 0x0304 });
const accepted: boolean = offered !== undefined && cache.acceptSession(offered);
const offeredLater: Promise<Session | undefined> = cache.findSessionAsync(session.id);
void [accepted, offeredLater];
const later: Promise<Session | undefined> = cache.resumeSessionAsync(session.id);
const bytes: Uint8Array | undefined = found?.data;
const time: Seconds = session.time;

cache.setNewSessionCallback((connection, made) => connection !== undefined && made.isResumable);
cache.setRemoveSessionCallback((from, gone, cause) => {
  const why: RemovalCause = cause;
  void [from.getTimeout(), gone.id, why];
});
cache.setGetSessionCallback(async (_connection, id) => new Session({ id }));
cache.setGetSessionCallback(undefined);

class Peer implements Connection {
  [key: string]: unknown;
  verifyPeer = true;
}
cache.startHandshake('server');
cache.finishHandshake('server', found, { resumed: true, connection: new Peer() });

const stats: SessionCacheStats = cache.stats();
const counts: number[] = [
  stats.number,
  stats.hits,
  stats.removals.evicted,
  stats.missCauses.absent,
];
for (const each of cache) void each.serial;
cache.flushSessions(0, { budget: 10 });

try {
  cache.close();
} catch (error) {
  if (error instanceof SessionCacheError) {
    const code: SessionCacheErrorCode = error.code;
    void [code, error.reason];
  }
}

const context: Promise<Uint8Array> = deriveSessionIdContext({ servername: 'example.org' });
void [added, later, bytes, time, counts, context];

// @ts-expect-error: an id is bytes, not text
void new Session({ id: 'text' });
// @ts-expect-error: no such profile
void new SessionCache({ profile: 'openssl-1.0' });
