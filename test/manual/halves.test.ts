// A lookup in two halves: findSession is lookup_sess_in_cache, acceptSession the tests of
// ssl_get_prev_session. Between them a server of TLS 1.3 verifies the PSK binder.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  SessionCacheMode,
  type Connection,
  type MissCause,
  type Session,
  type SessionCache,
} from '../../bindings/index.ts';
import { pick, seededRandom, type Random } from '../support/random.ts';
import { cacheAt, errorOf, id, NOW, order, PROFILES, removalsOf, session } from './support.ts';

const test = suite('halves of a lookup');

const TLS13 = { protocolVersion: 0x0304 };

test('findSession finds a session without testing it or counting a hit', () => {
  for (const profile of PROFILES) {
    const { cache, clock } = cacheAt({ profile });
    const made = session(1, { ...TLS13, sessionIdContext: Uint8Array.of(7) });
    cache.addSession(made);
    clock.now = NOW + 1000;
    const found = cache.findSession(id(1), TLS13);
    assert.is(found?.serial, made.serial);
    assert.equal(found?.data, Uint8Array.of(1));
    assert.is(found?.isCached, true);
    const { hits, misses, timeouts, number } = cache.stats();
    assert.equal([hits, misses, timeouts, number], [0, 0, 0, 1]);
  }
});

test('findSession looks under the version of the connection', () => {
  const { cache } = cacheAt();
  cache.addSession(session(1, TLS13));
  assert.is(cache.findSession(id(1)), undefined);
  assert.ok(cache.findSession(id(1), TLS13));
});

test('what findSession does not find is asked for outside, counted, and stored', () => {
  for (const profile of PROFILES) {
    const { cache } = cacheAt({ profile });
    const connection = { ...TLS13 };
    const outside = session(1, TLS13);
    const asked: unknown[] = [];
    cache.setGetSessionCallback((asking, wanted) => {
      asked.push(asking);
      return wanted[0] === 1 ? outside : undefined;
    });
    assert.is(cache.findSession(id(1), connection)?.serial, outside.serial);
    assert.is(cache.findSession(id(2), connection), undefined);
    assert.is(asked[0], connection);
    assert.equal(order(cache), [1]);
    const { hits, cbHits, misses, missCauses } = cache.stats();
    assert.equal([hits, cbHits, misses, missCauses.absent], [0, 1, 2, 1]);
  }
});

test('findSession heeds the mode as resumeSession does', () => {
  const { cache } = cacheAt({ mode: SessionCacheMode.OFF });
  cache.addSession(session(1));
  assert.is(cache.findSession(id(1)), undefined);
  assert.is(cacheAt({ profile: 'openssl-3.0', mode: SessionCacheMode.OFF }).cache.findSession(id(1)), undefined); // prettier-ignore
  cache.setSessionCacheMode(SessionCacheMode.SERVER | SessionCacheMode.NO_INTERNAL_LOOKUP);
  assert.is(cache.findSession(id(1)), undefined);
  assert.is(cache.stats().misses, 0);
});

test('acceptSession counts a hit, and with UPDATE_TIME renews the session', () => {
  const { cache, clock } = cacheAt({
    mode: SessionCacheMode.SERVER | SessionCacheMode.UPDATE_TIME,
  });
  cache.addSession(session(1));
  clock.now = NOW + 10;
  const found = cache.findSession(id(1))!;
  assert.is(cache.acceptSession(found), true);
  assert.is(cache.stats().hits, 1);
  assert.is(found.time, NOW + 10);
});

test('acceptSession refuses what this connection may not resume, and leaves it where it is', () => {
  const cases: [Connection, number, MissCause][] = [
    [{ protocolVersion: 0x0304 }, 0, 'version'],
    [{ sessionIdContext: Uint8Array.of(1) }, 0, 'context'],
    [{}, 301, 'expired'],
    [{ extendedMasterSecret: true }, 0, 'extendedMasterSecret'],
  ];
  for (const profile of PROFILES) {
    for (const [connection, later, cause] of cases) {
      const { cache, clock } = cacheAt({ profile });
      cache.addSession(session(1));
      const found = cache.findSession(id(1))!;
      clock.now = NOW + later;
      assert.is(cache.acceptSession(found, connection), false, cause);
      const { hits, timeouts, number, missCauses } = cache.stats();
      assert.equal([hits, timeouts, number], [0, Number(cause === 'expired'), 1], cause);
      assert.is(missCauses[cause], 1, cause);
    }
  }
});

test('acceptSession throws where OpenSSL ends the connection', () => {
  const { cache } = cacheAt();
  const made = session(1, { extendedMasterSecret: true });
  const withoutContext = errorOf(() => cache.acceptSession(made, { verifyPeer: true }));
  assert.is(withoutContext.code, 'ERR_SESSION_ID_CONTEXT_UNINITIALIZED');
  const withoutExtms = errorOf(() => cache.acceptSession(made, { extendedMasterSecret: false }));
  assert.is(withoutExtms.code, 'ERR_INCONSISTENT_EXTMS');
});

test('a session that no cache holds can be accepted: one out of a ticket', () => {
  const { cache, clock } = cacheAt();
  const ticket = session(1, TLS13);
  assert.is(cache.acceptSession(ticket, TLS13), true);
  clock.now = NOW + 301;
  assert.is(cache.acceptSession(ticket, TLS13), false);
  const { hits, timeouts, number } = cache.stats();
  assert.equal([hits, timeouts, number], [1, 1, 0]);
});

test('a session that was removed between the halves is accepted in openssl-3.0 only', () => {
  for (const profile of PROFILES) {
    const { cache } = cacheAt({ profile });
    const removals = removalsOf(cache);
    cache.addSession(session(1, TLS13));
    const found = cache.findSession(id(1), TLS13)!;
    assert.is(cache.removeSession(found), true);
    assert.is(cache.acceptSession(found, TLS13), profile === 'openssl-3.0');
    assert.is(cache.stats().missCauses.notResumable, profile === 'manual' ? 1 : 0);
    assert.equal(removals, [[1, 'removed']]);
  }
});

test('single use: of two connections with one ticket, the second is refused', () => {
  const { cache } = cacheAt();
  cache.addSession(session(1, TLS13));
  const [first, second] = [cache.findSession(id(1), TLS13)!, cache.findSession(id(1), TLS13)!];
  const use = (found: Session) => cache.acceptSession(found, TLS13) && cache.removeSession(found);
  assert.equal([use(first), use(second)], [true, false]);
  assert.is(cache.findSession(id(1), TLS13), undefined);
});

test('findSession and acceptSession together do what resumeSession does', () => {
  const random = seededRandom(13);
  for (const profile of PROFILES) {
    for (let round = 0; round < 300; round++) {
      const seed = random(2 ** 31);
      const whole = outcome(profile, seed, (cache, wanted, connection) =>
        cache.resumeSession(wanted, connection),
      );
      const halves = outcome(profile, seed, (cache, wanted, connection) => {
        const found = cache.findSession(wanted, connection);
        if (found === undefined) return undefined;
        const { timeouts } = cache.stats();
        if (cache.acceptSession(found, connection)) return found;
        if (cache.stats().timeouts > timeouts) cache.removeSession(found);
        return undefined;
      });
      assert.equal(halves, whole, `${profile}, seed ${seed}`);
    }
  }
});

/** What becomes of a cache, filled and asked by a seed, when `look` looks sessions up. */
function outcome(
  profile: (typeof PROFILES)[number],
  seed: number,
  look: (cache: SessionCache, wanted: Uint8Array, connection: Connection) => Session | undefined,
): unknown {
  const random = seededRandom(seed);
  const mode = pick(random, [0x2, 0x2, 0x2, 0x0, 0x102, 0x202, 0x402, 0x502]);
  const { cache, clock } = cacheAt({ profile, mode, size: 4 });
  cache.setRemoveSessionCallback((_cache, removed) => log.push(`removed ${removed.id[0]}`));
  cache.setGetSessionCallback((_connection, wanted) => outside.get(wanted[0]!));
  const log: unknown[] = [];
  const outside = new Map([4, 5, 6].map((n) => [n, anySession(random, n)]));
  for (const n of [1, 2, 3]) cache.addSession(anySession(random, n));
  for (let i = 0; i < 6; i++) {
    clock.now += random(8);
    const connection = anyConnection(random);
    try {
      log.push(look(cache, id(1 + random(7)), connection)?.id[0]);
    } catch (error) {
      log.push((error as Error).message);
    }
  }
  const { removals: _causes, memory: _memory, reserved: _reserved, ...stats } = cache.stats();
  return { log, stats, order: order(cache) };
}

function anySession(random: Random, n: number): Session {
  return session(n, {
    timeout: random(30),
    protocolVersion: pick(random, [0x0303, 0x0303, 0x0304]),
    sessionIdContext: new Uint8Array(random(2)),
    extendedMasterSecret: random(2) === 0,
    notResumable: random(8) === 0,
  });
}

function anyConnection(random: Random): Connection {
  return {
    protocolVersion: pick(random, [0x0303, 0x0303, 0x0304]),
    sessionIdContext: new Uint8Array(random(2)),
    verifyPeer: random(8) === 0,
    extendedMasterSecret: pick(random, [undefined, true, false]),
  };
}

test('findSessionAsync waits for the answer, and asks once for one id', async () => {
  const { cache } = cacheAt();
  let asked = 0;
  cache.setGetSessionCallback(async () => {
    asked++;
    return session(1, TLS13);
  });
  const found = await Promise.all([
    cache.findSessionAsync(id(1), TLS13),
    cache.findSessionAsync(id(1), TLS13),
  ]);
  assert.is(asked, 1);
  assert.equal(
    found.map((one) => one?.id[0]),
    [1, 1],
  );
  assert.equal(order(cache), [1]);
  assert.is((await cache.findSessionAsync(id(1), TLS13))?.isCached, true);
  assert.is(cache.stats().hits, 0);
});

test('findSession refuses a promise: that is for findSessionAsync', () => {
  const { cache } = cacheAt();
  cache.setGetSessionCallback(async () => undefined);
  assert.is(errorOf(() => cache.findSession(id(1))).code, 'ERR_SESSCACHE_ASYNC_CALLBACK');
});

test('wrong arguments, and a closed cache, are refused', async () => {
  const { cache } = cacheAt();
  const wrong = 'x' as unknown as never;
  assert.instance(
    errorOf(() => cache.findSession(wrong)),
    TypeError,
  );
  assert.instance(
    errorOf(() => cache.findSession(new Uint8Array(33))),
    RangeError,
  );
  assert.instance(
    errorOf(() => cache.acceptSession(wrong)),
    TypeError,
  );
  assert.instance(
    errorOf(() => cache.acceptSession(session(1), { verifyPeer: wrong })),
    TypeError,
  );
  cache.close();
  for (const call of [() => cache.findSession(id(1)), () => cache.acceptSession(session(1))]) {
    assert.is(errorOf(call).code, 'ERR_SESSCACHE_CLOSED');
  }
  const rejected = await cache.findSessionAsync(id(1)).catch((error: Error) => error);
  assert.match(String(rejected), 'closed');
});

test.run();
