// SSL_CTX_sess_set_get_cb(3): the new, remove and get callbacks.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SessionCacheMode, type Connection, type Session } from '../../bindings/index.ts';
import {
  cacheAt,
  errorOf,
  handshake,
  id,
  NOW,
  order,
  PROFILES,
  removalsOf,
  session,
} from './support.ts';

const test = suite('callbacks');
const { NO_INTERNAL_LOOKUP, SERVER } = SessionCacheMode;

test('the getters return what was set, undefined unsets', () => {
  const { cache } = cacheAt();
  const [made, gone, get] = [() => true, () => {}, () => undefined];
  const generate = (): Uint8Array => id(1);
  const getters = (): unknown[] => [
    cache.getNewSessionCallback(),
    cache.getRemoveSessionCallback(),
    cache.getGetSessionCallback(),
    cache.getGenerateSessionIdCallback(),
  ];
  assert.equal(getters(), [undefined, undefined, undefined, undefined]);
  cache.setNewSessionCallback(made);
  cache.setRemoveSessionCallback(gone);
  cache.setGetSessionCallback(get);
  assert.is(cache.setGenerateSessionIdCallback(generate), true);
  for (const [i, fn] of [made, gone, get, generate].entries()) assert.is(getters()[i], fn);
  cache.setNewSessionCallback(undefined);
  cache.setRemoveSessionCallback(undefined);
  cache.setGetSessionCallback(undefined);
  cache.setGenerateSessionIdCallback(undefined);
  assert.equal(getters(), [undefined, undefined, undefined, undefined]);
});

test('the new callback gets the connection and the session, already cached', () => {
  for (const profile of PROFILES) {
    const { cache } = cacheAt({ profile });
    const connection: Connection & { any: string } = { any: 'thing' };
    const made = session(1);
    const calls: unknown[] = [];
    cache.setNewSessionCallback((...args) => {
      const [seen, nascent] = args as [unknown, Session];
      calls.push(args.length, seen === connection, nascent.serial, nascent.isCached);
    });
    cache.finishHandshake('server', made, { connection });
    assert.equal(calls, [2, true, made.serial, true]);
  }
});

test('each session of a handshake is added and announced, and the handshake counted once', () => {
  for (const role of ['server', 'client'] as const) {
    const { cache } = cacheAt({ mode: SERVER | SessionCacheMode.CLIENT });
    const told: (number | undefined)[] = [];
    cache.setNewSessionCallback((_connection, { id: [first] }) => void told.push(first));
    cache.startHandshake(role);
    for (const n of [1, 2, 3]) {
      const made = session(n, { protocolVersion: 0x0304 });
      cache.finishHandshake(role, made, { resumed: true, further: n > 1 });
    }
    assert.equal(told, [1, 2, 3]);
    const { number, acceptGood, connectGood, hits } = cache.stats();
    assert.equal([number, acceptGood + connectGood, hits], [3, 1, role === 'client' ? 1 : 0]);
  }
});

test('a further session is a new one, whatever its version says by now', () => {
  const { cache } = cacheAt();
  const told: number[] = [];
  cache.setNewSessionCallback((_connection, { id: [first] }) => void told.push(first!));
  cache.finishHandshake('server', undefined, { resumed: true });
  cache.finishHandshake('server', session(1), { resumed: true, further: true });
  cache.finishHandshake('server', session(2), { resumed: true });
  assert.equal([told, cache.stats().number], [[1], 1]);
});

test('true, undefined and other answers of the new callback keep the session, false and 0 do not', () => {
  for (const answer of [true, undefined, 1, 'x', null, false, 0]) {
    const { cache } = cacheAt();
    cache.setNewSessionCallback(() => answer as boolean);
    handshake(cache, session(1));
    const isRefused = answer === false || answer === 0;
    assert.is(cache.stats().number, isRefused ? 0 : 1, `${answer}`);
    assert.is(cache.stats().removals.refused, isRefused ? 1 : 0, `${answer}`);
  }
});

test('the new callback is called before the handshake is counted as good', () => {
  const { cache } = cacheAt();
  let good: number | undefined;
  cache.setNewSessionCallback(() => void (good = cache.stats().acceptGood));
  handshake(cache, session(1));
  assert.is(good, 0);
  assert.is(cache.stats().acceptGood, 1);
});

test('no session is stored or reported that cannot be resumed', () => {
  for (const profile of PROFILES) {
    const { cache } = cacheAt({ profile });
    let told = 0;
    cache.setNewSessionCallback(() => void told++);
    handshake(cache, session(1, { notResumable: true }));
    handshake(cache, session(2, { id: new Uint8Array() }));
    assert.is(cache.stats().number, 0);
    assert.is(told, 0);
    assert.is(cache.stats().acceptGood, 2);
  }
});

test('a server that verifies its peer without a session id context stores nothing', () => {
  for (const profile of PROFILES) {
    const { cache } = cacheAt({ profile, verifyPeer: true });
    let told = 0;
    cache.setNewSessionCallback(() => void told++);
    handshake(cache, session(1));
    assert.equal([cache.stats().number, told], [0, 0]);
    handshake(cache, session(2, { sessionIdContext: Uint8Array.of(1) }));
    assert.equal([cache.stats().number, told], [1, 1]);
  }
});

test('the remove callback hears of expiry at a lookup, of an abort, and of closing', () => {
  const { cache, clock } = cacheAt();
  const removals = removalsOf(cache);
  const aborted = session(2);
  for (const made of [session(1), aborted, session(3), session(4)]) cache.addSession(made);
  clock.now = NOW + 301;
  assert.is(cache.resumeSession(id(1)), undefined);
  clock.now = NOW;
  cache.abortSession(aborted);
  cache.close();
  assert.equal(removals, [
    [1, 'expired'],
    [2, 'aborted'],
    [3, 'closed'],
    [4, 'closed'],
  ]);
});

test('several victims are reported in the order in which they left', () => {
  const { cache } = cacheAt();
  for (let n = 0; n < 9; n++) cache.addSession(session(n, { timeout: (n * 7) % 9 }));
  const expected = order(cache);
  const removals = removalsOf(cache);
  cache.setCacheSize(4);
  cache.addSession(session(9));
  assert.equal(removals.length, 6);
  cache.flushSessions(0);
  assert.equal(
    removals.map(([n]) => n),
    [...expected, 9],
  );
});

test('in the manual profile every victim has left before the first callback', () => {
  const { cache } = cacheAt();
  for (let n = 0; n < 3; n++) cache.addSession(session(n));
  const numbers: number[] = [];
  cache.setRemoveSessionCallback(() => numbers.push(cache.stats().number));
  cache.flushSessions(0);
  assert.equal(numbers, [0, 0, 0]);
});

test('in openssl-3.0 they leave one by one', () => {
  const { cache } = cacheAt({ profile: 'openssl-3.0' });
  for (let n = 0; n < 3; n++) cache.addSession(session(n));
  const numbers: number[] = [];
  cache.setRemoveSessionCallback(() => numbers.push(cache.stats().number));
  cache.flushSessions(0);
  assert.equal(numbers, [2, 1, 0]);
});

test('a remove callback that throws keeps the others from nothing', () => {
  const { cache } = cacheAt();
  const seen: number[] = [];
  for (let n = 0; n < 3; n++) cache.addSession(session(n));
  cache.setRemoveSessionCallback((_cache, removed) => {
    seen.push(removed.id[0] as number);
    throw new Error(`callback ${removed.id[0]}`);
  });
  assert.is(errorOf(() => cache.flushSessions(0)).message, 'callback 0');
  assert.equal(seen, [0, 1, 2]);
  assert.is(cache.stats().number, 0);
  cache.setRemoveSessionCallback(undefined);
  assert.is(cache.addSession(session(4)), true);
});

test('an add whose remove callback throws has added', () => {
  const { cache } = cacheAt({ size: 1 });
  cache.addSession(session(1));
  cache.setRemoveSessionCallback(() => {
    throw new Error('mine');
  });
  const made = session(2);
  assert.is(errorOf(() => cache.addSession(made)).message, 'mine');
  assert.is(made.isCached, true);
  assert.is(cache.stats().number, 1);
});

test('a remove callback that throws does not keep the new callback from being asked', () => {
  for (const profile of PROFILES) {
    const { cache } = cacheAt({ profile, size: 1 });
    handshake(cache, session(1));
    cache.setRemoveSessionCallback((_cache, { id: [first] }) => {
      throw new Error(`removed ${first}`);
    });
    const told: (number | undefined)[] = [];
    cache.setNewSessionCallback((_connection, { id: [first] }) => {
      told.push(first);
      return false;
    });
    assert.is(errorOf(() => handshake(cache, session(2))).message, 'removed 1');
    assert.equal(told, [2]);
    assert.is(cache.stats().number, profile === 'manual' ? 0 : 1, 'and its answer counts');
    assert.is(cache.stats().acceptGood, 2);
  }
});

test('a remove callback may close the cache', () => {
  const { cache } = cacheAt({ size: 2 });
  const removals: unknown[] = [];
  cache.setRemoveSessionCallback((_cache, removed, cause) => {
    removals.push([removed.id[0], cause]);
    cache.close();
  });
  for (let n = 1; n <= 3; n++) cache.addSession(session(n));
  assert.equal(removals, [
    [1, 'evicted'],
    [2, 'closed'],
    [3, 'closed'],
  ]);
  assert.is(errorOf(() => cache.stats()).code, 'ERR_SESSCACHE_CLOSED');
});

test('the get callback gets the connection and the id, as a copy', () => {
  const { cache } = cacheAt();
  const connection: Connection & { any: string } = { any: 'thing' };
  const wanted = id(1);
  const calls: unknown[] = [];
  cache.setGetSessionCallback((...args) => {
    const [seen, asked] = args as [unknown, Uint8Array];
    calls.push(args.length, seen === connection, [...asked]);
    asked.fill(0);
    return undefined;
  });
  cache.resumeSession(wanted, connection);
  assert.equal(calls, [2, true, [...id(1)]]);
  assert.equal(wanted, id(1));
});

test('a session of the get callback that cannot be resumed is ignored', () => {
  for (const profile of PROFILES) {
    const { cache } = cacheAt({ profile });
    cache.setGetSessionCallback(() => session(1, { notResumable: true }));
    assert.is(cache.resumeSession(id(1)), undefined);
    const { cbHits, hits, misses, number } = cache.stats();
    assert.equal({ cbHits, hits, misses, number }, { cbHits: 0, hits: 0, misses: 1, number: 0 });
  }
});

test('in the manual profile an answer with another id or version is a miss and not stored', () => {
  const others = { foreignId: session(2), version: session(1, { protocolVersion: 0x0304 }) };
  for (const [cause, other] of Object.entries(others)) {
    const { cache } = cacheAt();
    cache.setGetSessionCallback(() => other);
    assert.is(cache.resumeSession(id(1)), undefined);
    assert.is(cache.stats().number, 0);
    assert.is(cache.stats().hits, 0);
    assert.is(cache.stats().missCauses[cause as keyof typeof others], 1);
  }
});

test('what the get callback supplies is checked like any other session', () => {
  const { cache, clock } = cacheAt();
  const lookup = (supplied: Session, connection = {}): Session | undefined => {
    cache.setGetSessionCallback(() => supplied);
    return cache.resumeSession(id(1), connection);
  };
  assert.is(lookup(session(1, { sessionIdContext: Uint8Array.of(1) })), undefined);
  cache.flushSessions(0);
  assert.is(lookup(session(1), { extendedMasterSecret: true }), undefined);
  cache.flushSessions(0);
  clock.now = NOW + 301;
  const late = session(1);
  assert.is(lookup(late), undefined);
  assert.is(late.isResumable, false);
  const { timeouts, cbHits, number, missCauses } = cache.stats();
  assert.equal({ timeouts, cbHits, number }, { timeouts: 1, cbHits: 3, number: 0 });
  const { context, extendedMasterSecret, expired } = missCauses;
  assert.equal([context, extendedMasterSecret, expired], [1, 1, 1]);
});

test('a synchronous lookup refuses a promise', () => {
  const { cache } = cacheAt({ mode: SERVER | NO_INTERNAL_LOOKUP });
  cache.setGetSessionCallback(async () => session(1));
  for (const lookup of ['resumeSession', 'viewSession'] as const) {
    assert.is(errorOf(() => cache[lookup](id(1))).code, 'ERR_SESSCACHE_ASYNC_CALLBACK');
  }
  assert.is(cache.stats().hits, 0);
});

test('an error of the get callback comes out of the lookup and leaves the cache usable', () => {
  const { cache } = cacheAt();
  cache.setGetSessionCallback(() => {
    throw new Error('mine');
  });
  assert.is(errorOf(() => cache.resumeSession(id(1))).message, 'mine');
  cache.addSession(session(1));
  assert.ok(cache.resumeSession(id(1)));
});

test('the get callback may add the session itself', () => {
  const { cache } = cacheAt();
  const made = session(1);
  cache.setGetSessionCallback(() => {
    cache.addSession(made);
    return made;
  });
  assert.is(cache.resumeSession(id(1))?.serial, made.serial);
  assert.is(cache.stats().number, 1);
});

test.run();
