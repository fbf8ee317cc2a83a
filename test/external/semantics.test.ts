// attachExternal does with a shared store what the manual pages say of callbacks and mode flags.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { attachExternal, ExternalError, memoryStore } from '../../bindings/external/index.ts';
import { SessionCache, SessionCacheMode } from '../../bindings/index.ts';
import { DATA, id, key, nonZero, remote, retire, session, settled, TOMBSTONES, worker } from './support.ts'; // prettier-ignore

const test = suite('attachExternal');
const { SERVER, NO_INTERNAL, NO_INTERNAL_LOOKUP, NO_INTERNAL_STORE } = SessionCacheMode;

test.after.each(retire);

test('a session that one worker made resumes at another', async () => {
  const store = remote();
  const [a, b] = [worker(store), worker(store)];
  a.make(1);
  await settled(a);
  assert.is(store.size, 1);
  assert.ok(await b.resumes(1));
  const { cbHits, hits, misses } = b.cache.stats();
  assert.equal([cbHits, hits, misses], [1, 1, 1]);
  assert.is(b.external.stats().hits, 1);
});

test('the cache itself is searched first', async () => {
  const store = remote();
  const a = worker(store);
  a.make(1);
  await settled(a);
  assert.ok(await a.resumes(1));
  assert.is(a.external.stats().lookups, 0);
});

test('what is found is copied inward, once', async () => {
  const store = remote();
  const [a, b] = [worker(store), worker(store)];
  a.make(1);
  await settled(a);
  assert.ok(await b.resumes(1));
  assert.ok(await b.resumes(1));
  assert.is(b.external.stats().lookups, 1);
  assert.is(b.cache.stats().number, 1);
});

test('NO_INTERNAL_STORE keeps nothing inside, and asks each time', async () => {
  const store = remote();
  const a = worker(store);
  const b = worker(store, { cache: { mode: SERVER | NO_INTERNAL_STORE } });
  a.make(1);
  b.make(2);
  await settled(a, b);
  assert.is(b.cache.stats().number, 0);
  assert.equal([await b.resumes(1), await b.resumes(1), await b.resumes(2)], [true, true, true]);
  assert.is(b.external.stats().lookups, 3);
  assert.is(b.cache.stats().number, 0);
});

test('NO_INTERNAL_LOOKUP asks although the session is inside', async () => {
  const store = remote();
  const b = worker(store, { cache: { mode: SERVER | NO_INTERNAL_LOOKUP } });
  b.make(1);
  await settled(b);
  assert.is(b.cache.stats().number, 1);
  assert.ok(await b.resumes(1));
  assert.is(b.external.stats().lookups, 1);
});

test('NO_INTERNAL is a cache that is all outside, removal included', async () => {
  const store = remote();
  const mode = SERVER | NO_INTERNAL;
  const [a, b] = [worker(store, { cache: { mode } }), worker(store, { cache: { mode } })];
  const made = a.make(1);
  await settled(a);
  assert.ok(await b.resumes(1));
  assert.ok(await a.resumes(1));
  a.cache.removeSession(made);
  await settled(a);
  assert.is(store.size, TOMBSTONES);
  assert.not(await b.resumes(1));
});

test('a session keeps its context, times, tags and flag on the way', async () => {
  const now = Math.floor(Date.now() / 1000);
  const store = remote();
  const context = new Uint8Array(32).fill(7);
  const [a, b] = [worker(store), worker(store)];
  a.make(1, {
    sessionIdContext: context,
    time: now - 10,
    timeout: 100,
    extendedMasterSecret: true,
    tags: ['user:42', Uint8Array.of(0, 255)],
  });
  await settled(a);
  const connection = { sessionIdContext: context, extendedMasterSecret: true };
  const found = await b.cache.resumeSessionAsync(id(1), connection);
  assert.equal(found?.sessionIdContext, context);
  assert.equal([found?.time, found?.timeout], [now - 10, 100]);
  assert.is(found?.extendedMasterSecret, true);
  assert.equal(
    found?.tags.map((tag) => Buffer.from(tag).toString('latin1')),
    ['user:42', '\0\xff'],
  );
});

test('a session resumes under its own context only', async () => {
  const store = remote();
  const [a, b] = [worker(store), worker(store)];
  a.make(1, { sessionIdContext: Uint8Array.of(1) });
  await settled(a);
  const other = { sessionIdContext: Uint8Array.of(2) };
  assert.is(await b.cache.resumeSessionAsync(id(1), other), undefined);
  assert.is(b.cache.stats().missCauses.context, 1);
  const own = { sessionIdContext: Uint8Array.of(1) };
  assert.ok(await b.cache.resumeSessionAsync(id(1), own));
});

test('namespaces share nothing', async () => {
  const store = remote();
  const [a, b] = [worker(store, { namespace: 'a' }), worker(store, { namespace: 'b' })];
  a.make(1);
  await settled(a);
  assert.not(await b.resumes(1));
  assert.equal(b.misses(), { absent: 1 });
});

test('an expired session does not resume, and no renewal on the way makes it live longer', async () => {
  const clock = { now: Math.floor(Date.now() / 1000) };
  const cache = { now: () => clock.now, maxLifetime: 1000 };
  const store = remote();
  const [a, b, c] = [worker(store, { cache }), worker(store, { cache }), worker(store, { cache })];
  a.make(1, { time: clock.now, timeout: 900 });
  await settled(a);
  clock.now += 800;
  const found = await b.cache.resumeSessionAsync(id(1));
  assert.ok(found);
  found.setTime(clock.now); // renewed here, and written to the store
  b.cache.finishHandshake('server', found.dup());
  await settled(b);
  clock.now += 199;
  assert.ok(await c.resumes(1));
  clock.now += 2;
  assert.not(await b.resumes(1), 'a thousand seconds are over: inside');
  const d = worker(store, { cache });
  assert.not(await d.resumes(1), 'and outside');
});

test('a session that is over is not sent', async () => {
  const store = remote();
  const a = worker(store, { cache: { now: () => 2000 } });
  a.make(1, { time: 1000, timeout: 300 });
  a.make(2, { time: 2000, timeout: 0 });
  await settled(a);
  assert.is(store.size, 0);
});

test('the store is told to forget with the session', async () => {
  const ttls: number[] = [];
  const store = remote();
  const set = store.set;
  store.set = async (name, value, ttl) => {
    ttls.push(ttl);
    return set(name, value, ttl);
  };
  const a = worker(store, { cache: { now: () => 2000 } });
  a.make(1, { time: 2000, timeout: 100 });
  a.make(2, { time: 2000, timeout: 10 ** 9 });
  await settled(a);
  assert.ok(ttls[0]! > 95_000 && ttls[0]! <= 100_000, `${ttls[0]} ms`);
  assert.ok(ttls[1]! > 604_000_000 && ttls[1]! <= 604_800_000, `${ttls[1]} ms: a week at most`);
});

test('eviction, expiry, a flush and close() leave the shared copy alone', async () => {
  const clock = { now: Math.floor(Date.now() / 1000) };
  const store = remote();
  const a = worker(store, { cache: { size: 1, now: () => clock.now } });
  const b = worker(store);
  a.make(1);
  a.make(2); // evicts the first
  await settled(a);
  a.cache.flushSessions(0);
  assert.is(a.cache.stats().number, 0);
  assert.ok(await a.resumes(1));
  a.cache.close();
  assert.is(store.size, 2);
  assert.ok(await b.resumes(1));
  assert.ok(await b.resumes(2));
});

test('a session from a host whose clock is ahead lives no longer for that', async () => {
  const store = remote();
  const start = Math.floor(Date.now() / 1000);
  let now = start;
  const clock = { maxLifetime: 10, timeout: 300, now: () => now };
  const ahead = worker(store, { cache: { ...clock, now: () => now + 50 } });
  ahead.make(1, { time: start + 50 });
  await settled(ahead);
  const b = worker(store, { cache: clock });
  assert.ok(await b.resumes(1));
  now = start + 10;
  assert.ok(await b.resumes(1));
  now = start + 11;
  assert.not(await b.resumes(1), 'its lifetime began when it was first seen');
});

test('a session from more than a minute ahead is a miss of its own cause', async () => {
  const store = remote();
  const start = Math.floor(Date.now() / 1000);
  let now = start;
  const ahead = worker(store);
  for (const [n, time] of [
    [1, start + 60],
    [2, start + 61],
    [3, 2n ** 62n],
  ] as const) {
    ahead.make(n, { time, tags: n === 3 ? ['a'] : [] });
  }
  await settled(ahead);
  for (const mode of [SERVER, SERVER | NO_INTERNAL]) {
    const b = worker(store, { cache: { now: () => now, mode } });
    assert.equal(
      [await b.resumes(1), await b.resumes(2), await b.resumes(3)],
      [true, false, false],
    );
    assert.equal(b.misses(), { future: 2 });
    now = start + 1;
    assert.ok(await b.resumes(2), 'it is near enough now');
    now = start;
  }
});

test('removeSession, removeSessionById and abortSession delete the shared copy', async () => {
  const store = remote();
  const [a, b] = [worker(store), worker(store)];
  const [first, , third] = [1, 2, 3].map((n) => a.make(n));
  await settled(a);
  a.cache.removeSession(first!);
  a.cache.removeSessionById(id(2));
  a.cache.abortSession(third!);
  await settled(a);
  assert.is(store.size, 3 * TOMBSTONES);
  for (const n of [1, 2, 3]) assert.not(await b.resumes(n));
  const late = worker(store);
  for (const n of [1, 2, 3]) assert.not(await late.resumes(n));
});

test('a session is removed from the store by a cache that does not have it', async () => {
  const store = remote();
  const [a, b] = [worker(store), worker(store)];
  a.make(1);
  await settled(a);
  b.cache.removeSession(session(1));
  await settled(b);
  assert.is(store.size, TOMBSTONES);
  assert.not(await worker(store).resumes(1));
});

test("the user's new callback is still called, and what it refuses is not sent", async () => {
  const store = remote();
  const cache = new SessionCache();
  const told: number[] = [];
  const mine = (_connection: unknown, made: { id: Uint8Array }): boolean => {
    told.push(made.id[0]!);
    return made.id[0] !== 2;
  };
  cache.setNewSessionCallback(mine);
  const external = attachExternal(cache, store, { keys: [key(1)] });
  cache.finishHandshake('server', session(1));
  cache.finishHandshake('server', session(2));
  assert.ok(await external.flush());
  assert.equal(told, [1, 2]);
  assert.is(store.size, 1);
  external.detach();
  assert.is(cache.getNewSessionCallback(), mine);
  assert.is(cache.getGetSessionCallback(), undefined);
  cache.close();
});

test('a new callback that was wrapped does nothing after detach', () => {
  const errors: unknown[] = [];
  const store = remote();
  const { cache, external, make } = worker(store, { onError: (error) => errors.push(error) });
  const inner = cache.getNewSessionCallback();
  let wrapped = 0;
  cache.setNewSessionCallback((...about) => (wrapped++, inner?.(...about)));
  external.detach();
  make(1);
  assert.is(wrapped, 1);
  assert.equal(errors, []);
  assert.is(external.stats().queue.entries, 0);
});

test("the user's remove callback is told as without a store", async () => {
  const store = remote();
  const [a, b] = [worker(store), worker(store)];
  const told: string[] = [];
  b.cache.setRemoveSessionCallback((_cache, _session, cause) => told.push(cause));
  const made = a.make(1);
  await settled(a);
  assert.ok(await b.resumes(1));
  a.cache.removeSession(made);
  await settled(a);
  assert.equal(told, ['removed'], 'the other process has removed it');
});

test('a cache with a get callback, or with a store, is refused', () => {
  const cache = new SessionCache();
  cache.setGetSessionCallback(() => undefined);
  const attach = (): unknown => attachExternal(cache, memoryStore());
  assert.throws(attach, (e: ExternalError) => e.code === 'ERR_SESSCACHE_CALLBACKS');
  cache.setGetSessionCallback(undefined);
  attach();
  assert.throws(attach, (e: ExternalError) => e.code === 'ERR_SESSCACHE_ATTACHED');
  cache.close();
});

test('a store outside the process is refused without keys, unless it is said', () => {
  const cache = new SessionCache();
  const attach = (options?: object): (() => unknown) => {
    return () => attachExternal(cache, remote(), options);
  };
  const isRefused = (e: ExternalError): boolean => e.code === 'ERR_SESSCACHE_UNSEALED';
  assert.throws(attach(), isRefused);
  assert.throws(attach({ keys: [key(1)], unsealed: true }), isRefused);
  assert.throws(attach({ keys: [] }), /"keys" expected 1..8 keys, got 0/);
  assert.is(cache.getGetSessionCallback(), undefined, 'nothing has changed');
  attach({ unsealed: true })();
  cache.close();
});

test('an unsealed store works, and notices what has been damaged', async () => {
  const store = memoryStore();
  const [a, b] = [worker(store), worker(store)];
  a.make(1);
  a.make(2);
  await settled(a);
  assert.ok(await b.resumes(1));
  store.get = async () => new Uint8Array(100);
  assert.not(await b.resumes(2));
  store.get = async () => Uint8Array.of(1, 2, 3);
  assert.not(await b.resumes(2));
  assert.equal(b.misses(), { forged: 1, unknownKey: 1 });
});

test('simultaneous lookups of one id ask once', async () => {
  const store = remote();
  const [a, b] = [worker(store), worker(store)];
  a.make(1);
  await settled(a);
  const found = await Promise.all(Array.from({ length: 20 }, () => b.resumes(1)));
  assert.ok(found.every(Boolean));
  assert.is(b.external.stats().lookups, 1);
  assert.is(b.cache.stats().hits, 20);
});

test('an id that the store did not have is not asked for again for a moment', async () => {
  const store = remote();
  let asked = 0;
  const get = store.get;
  store.get = (name) => (asked++, get(name));
  const b = worker(store, { absentFor: 1000 });
  assert.not(await b.resumes(1));
  assert.not(await b.resumes(1));
  assert.is(asked, 1);
  assert.equal(b.misses(), { absent: 1, knownAbsent: 1 });
  b.make(1);
  assert.ok(await b.resumes(1), 'made here meanwhile');
  const c = worker(store, { absentFor: 0 });
  assert.not(await c.resumes(9));
  assert.not(await c.resumes(9));
  assert.equal(c.misses(), { absent: 2 });
});

test('a session is found from the moment it is made, whatever the store does', async () => {
  const store = remote();
  store.set = () => new Promise(() => {});
  store.get = () => Promise.reject(new Error('down'));
  const a = worker(store, { cache: { mode: SERVER | NO_INTERNAL } });
  a.make(1);
  assert.ok(await a.resumes(1), 'it waits to be sent');
  await new Promise(setImmediate);
  assert.is(a.external.stats().queue.running, 1);
  assert.ok(await a.resumes(1), 'it is being sent');
});

test('no id, name or secret is to be seen in the store or on its channel', async () => {
  const seen: Buffer[] = [];
  const store = remote();
  const set = store.set;
  const publish = store.channel.publish;
  store.set = (name, value, ttl) => {
    seen.push(Buffer.from(name), Buffer.from(value));
    return set(name, value, ttl);
  };
  store.channel.publish = (message) => {
    seen.push(Buffer.from(message));
    return publish(message);
  };
  const a = worker(store, { namespace: 'a namespace' });
  const context = Buffer.from('a session id context');
  const made = a.make(1, { sessionIdContext: context, tags: ['user:42'] });
  await settled(a);
  a.cache.removeSession(made);
  a.cache.revoke({ tag: 'user:42' });
  await settled(a);
  assert.is(seen.length, 2 * (1 + TOMBSTONES + 1) + 1, 'a session, tombstones, a mark; a message');
  const secrets = [
    DATA,
    Buffer.from(id(1)),
    context,
    Buffer.from('user:42'),
    Buffer.from('a namesp'),
  ];
  for (const bytes of seen) {
    for (const secret of secrets) {
      assert.is(bytes.indexOf(secret.subarray(0, 8)), -1);
      assert.is(bytes.indexOf(secret.toString('hex').slice(0, 16)), -1);
    }
  }
});

test('wrong arguments are named', () => {
  const cache = new SessionCache();
  const wrong: [() => unknown, RegExp][] = [
    [() => attachExternal({} as never, memoryStore()), /"cache" expected SessionCache, got Object/],
    [() => attachExternal(cache, {} as never), /"store.get" expected function, got undefined/],
    [
      () => attachExternal(cache, { ...memoryStore(), channel: {} } as never),
      /"store.channel.publish" expected function/,
    ],
    [
      () => attachExternal(cache, memoryStore(), { keys: [new Uint8Array(16)] }),
      /"keys\[\]" expected 32 bytes, got 16/,
    ],
    [
      () => attachExternal(cache, memoryStore(), { keys: [new Uint8Array(32)] }),
      /"keys\[\]" expected random bytes/,
    ],
    [
      () => attachExternal(cache, memoryStore(), { keys: [key(1), key(1)] }),
      /"keys" expected distinct keys/,
    ],
    [() => attachExternal(cache, memoryStore(), { deadline: 0 }), /"deadline" expected an integer/],
    [
      () => attachExternal(cache, memoryStore(), { absentFor: 1001 }),
      /"absentFor" expected an integer 0..1000/,
    ],
    [
      () => attachExternal(cache, memoryStore(), { namespace: 'x'.repeat(33) }),
      /"namespace" expected at most 32 bytes/,
    ],
    [() => memoryStore({ size: 0 }), /"size" expected an integer/],
  ];
  for (const [attempt, message] of wrong) {
    assert.throws(attempt, message);
    assert.is(cache.getGetSessionCallback(), undefined);
  }
  cache.close();
});

test('stats are zero at first, and plain', () => {
  const { external } = worker(remote());
  const stats = external.stats();
  assert.equal(nonZero(stats.misses), {});
  assert.equal(stats.breaker, { state: 'closed', opened: 0 });
  assert.equal(JSON.parse(JSON.stringify(stats)), stats);
});

test.run();
