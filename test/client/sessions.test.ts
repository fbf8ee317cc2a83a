import { randomBytes } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ClientSessionCache } from '../../bindings/client/index.ts';
import { SessionCache, SessionCacheMode } from '../../bindings/index.ts';
import { keyFor, makeSession, TLS1_2, type Wanted } from './made.ts';

const test = suite('ClientSessionCache');

const START = 1_800_000_000;
const DAY = 86_400;
const A = keyFor(1);
const B = keyFor(2);

/** A cache with a clock that the test moves. */
function atStart(options: object = {}): { sessions: ClientSessionCache; clock: { now: number } } {
  const clock = { now: START };
  return { sessions: new ClientSessionCache({ now: () => clock.now, ...options }), clock };
}

const ticket = (wanted: Partial<Wanted> = {}): Uint8Array =>
  makeSession({ time: START, hint: 7200, ...wanted });
const old = (wanted: Partial<Wanted> = {}): Uint8Array =>
  makeSession({ protocolVersion: TLS1_2, time: START, ...wanted });

test('hands out TLS 1.3 tickets newest first, each once', () => {
  const { sessions } = atStart();
  const [first, second] = [ticket(), ticket()];
  sessions.put(A, first);
  sessions.put(A, second);
  assert.equal(new Uint8Array(sessions.take(A)!), second);
  assert.equal(new Uint8Array(sessions.take(A)!), first);
  assert.is(sessions.take(A), undefined);
});

test('goes by the bytes of a key, which its owner may change in place', () => {
  const { sessions } = atStart();
  const key = new Uint8Array(A);
  const [ofA, ofB] = [old(), old()];
  sessions.put(key, ofA);
  key.set(B);
  assert.is(sessions.take(key), undefined);
  sessions.put(key, ofB);
  key.set(A);
  assert.equal(new Uint8Array(sessions.take(key)!), ofA);
  assert.equal(new Uint8Array(sessions.take(B)!), ofB);
  const zero = new Uint8Array(32);
  assert.is(sessions.take(zero), undefined);
  sessions.put(zero, ofA);
  assert.equal([sessions.count(zero), sessions.count(A), sessions.count(B)], [1, 1, 1]);
  sessions.close();
});

test('tells the sessions of 600 connections apart by their tags', () => {
  const { sessions } = atStart({ size: 1000 });
  const offers: Buffer[] = [];
  for (let i = 0; i < 600; i++) {
    sessions.put(keyFor(i), old(), {});
    offers.push(sessions.take(keyFor(i))!);
  }
  for (const [i, offered] of offers.entries()) {
    assert.is(sessions.dropFamily(offered), 1);
    assert.is(sessions.stats().sessions, 599 - i);
  }
  sessions.close();
});

test('hands out a TLS 1.2 session again and again, and keeps only the newest', () => {
  const { sessions } = atStart();
  sessions.put(A, old());
  const newest = old();
  sessions.put(A, newest);
  for (let i = 0; i < 3; i++) assert.equal(new Uint8Array(sessions.take(A)!), newest);
  assert.is(sessions.count(A), 1);
});

test('keeps the last ticket usable with keepLast', () => {
  const { sessions } = atStart({ keepLast: true });
  const [first, second] = [ticket(), ticket()];
  sessions.put(A, first);
  sessions.put(A, second);
  assert.equal(new Uint8Array(sessions.take(A)!), second);
  for (let i = 0; i < 3; i++) assert.equal(new Uint8Array(sessions.take(A)!), first);
});

test('hands out Buffers of their own: the session stays whole when a copy is overwritten', () => {
  const { sessions } = atStart();
  const session = old();
  const given = new Uint8Array(session);
  sessions.put(A, given);
  given.fill(0);
  const taken = sessions.take(A)!;
  assert.ok(Buffer.isBuffer(taken));
  assert.is(taken.buffer.byteLength, taken.length, 'no pool around it');
  taken.fill(0);
  assert.equal(new Uint8Array(sessions.take(A)!), session);
});

test('keeps peers apart', () => {
  const { sessions } = atStart();
  sessions.put(A, ticket());
  assert.is(sessions.take(B), undefined);
  assert.is(sessions.count(A), 1);
});

test('keeps at most ticketsPerPeer tickets of a peer, the newest', () => {
  const { sessions } = atStart({ ticketsPerPeer: 3 });
  const tickets = Array.from({ length: 7 }, () => ticket());
  for (const session of tickets) sessions.put(A, session);
  sessions.put(B, ticket());
  assert.is(sessions.count(A), 3);
  const taken = [sessions.take(A)!, sessions.take(A)!, sessions.take(A)!];
  assert.equal(
    taken.map((session) => new Uint8Array(session)),
    tickets.slice(4).toReversed(),
  );
  assert.is(sessions.count(B), 1);
});

test('keeps at most `size` sessions, and drops what expires first', () => {
  const { sessions } = atStart({ size: 2 });
  sessions.put(A, ticket({ hint: 100 }));
  sessions.put(B, ticket({ hint: 50 }));
  sessions.put(keyFor(3), ticket({ hint: 200 }));
  assert.is(sessions.count(A), 1);
  assert.is(sessions.count(B), 0);
  assert.is(sessions.stats().sessions, 2);
});

test('keeps a ticket to the last second of its lifetime', () => {
  const { sessions, clock } = atStart();
  sessions.put(A, ticket({ hint: 60 }));
  clock.now = START + 61;
  assert.is(sessions.take(A), undefined);
  assert.is(sessions.stats().sessions, 0, 'and it is gone');
  clock.now = START;
  sessions.put(A, ticket({ hint: 60 }));
  clock.now = START + 60;
  assert.ok(sessions.take(A));
});

test('keeps no ticket longer than seven days, or maxLifetime', () => {
  for (const [maxLifetime, last] of [
    [undefined, 7 * DAY],
    [3600, 3600],
  ] as const) {
    const { sessions, clock } = atStart({ maxLifetime });
    sessions.put(A, ticket({ hint: 30 * DAY }));
    sessions.put(A, ticket({ hint: 30 * DAY }));
    clock.now = START + last;
    assert.ok(sessions.take(A));
    clock.now++;
    assert.is(sessions.take(A), undefined);
  }
});

test('keeps TLS 1.2 for a day at most, by the hint if there is one, and else by the timeout', () => {
  const cases = [
    [{ hint: 30 * DAY }, DAY],
    [{ hint: 600 }, 600],
    [{ hint: 0, timeout: 900 }, 900],
    [{ timeout: 900 }, 900],
  ] as const;
  for (const [wanted, last] of cases) {
    const { sessions, clock } = atStart();
    sessions.put(A, old(wanted));
    clock.now = START + last;
    assert.ok(sessions.take(A), JSON.stringify(wanted));
    clock.now++;
    assert.is(sessions.take(A), undefined, JSON.stringify(wanted));
  }
});

test('keeps TLS 1.2 for a day at most in a cache of the caller, too, and what is imported there', () => {
  const clock = { now: START };
  const make = (): ClientSessionCache => {
    const { CLIENT } = SessionCacheMode;
    const cache = new SessionCache({
      mode: CLIENT,
      size: 100,
      timeout: 30 * DAY,
      now: () => clock.now,
    });
    return new ClientSessionCache({ cache });
  };
  const key = randomBytes(32);
  const [here, there] = [make(), make()];
  here.put(A, old({ hint: 30 * DAY }));
  there.import(here.export(key), key);
  for (const sessions of [here, there]) {
    clock.now = START + DAY;
    assert.ok(sessions.take(A));
    clock.now++;
    assert.is(sessions.take(A), undefined);
    clock.now = START;
  }
});

test('does not store a TLS 1.3 ticket whose lifetime is 0 or not given', () => {
  const { sessions } = atStart();
  assert.is(sessions.put(A, ticket({ hint: 0 })), false);
  assert.is(sessions.put(A, ticket({ hint: undefined })), false);
  assert.is(sessions.stats().refused.lifetime, 2);
  assert.is(sessions.stats().sessions, 0);
});

test('stores nothing that is expired, unreadable, too large, or of another protocol', () => {
  const { sessions } = atStart();
  assert.is(sessions.put(A, ticket({ time: START - 100, hint: 99 })), false);
  assert.is(sessions.put(A, Uint8Array.of(1, 2, 3)), false);
  assert.is(sessions.put(A, new Uint8Array(0)), false);
  assert.is(sessions.put(A, ticket({ length: 16_384 })), false);
  assert.is(sessions.put(A, ticket({ protocolVersion: 0xfefd })), false);
  const { expired, unreadable, size, version } = sessions.stats().refused;
  assert.equal([expired, unreadable, size, version], [1, 2, 1, 1]);
  assert.is(sessions.stats().sessions, 0);
});

test('counts a session from the future as made now', () => {
  const { sessions, clock } = atStart();
  sessions.put(A, ticket({ time: START + 5000, hint: 60 }));
  clock.now = START + 61;
  assert.is(sessions.take(A), undefined);
});

test('does not let renewals move the end of what one full handshake began', () => {
  const { sessions, clock } = atStart({ maxLifetime: 1000 });
  const connections = [{}, {}, {}];
  sessions.put(A, ticket({ hint: 900 }), connections[0]);
  for (const [i, age] of [400, 800].entries()) {
    clock.now = START + age;
    const offered = sessions.take(A)!;
    sessions.resumed(offered, connections[i + 1]!);
    sessions.put(A, ticket({ time: clock.now, hint: 900 }), connections[i + 1]);
  }
  clock.now = START + 1000;
  assert.is(sessions.count(A), 1);
  clock.now = START + 1001;
  assert.is(sessions.take(A), undefined);
});

test('drops the siblings of a declined session, and those of the connections that resumed', () => {
  const { sessions } = atStart();
  const [full, resumed, other] = [{}, {}, {}];
  sessions.put(A, ticket(), other);
  sessions.put(A, ticket(), full);
  sessions.put(A, ticket(), full);
  sessions.put(A, ticket(), full);
  sessions.resumed(sessions.take(A)!, resumed);
  sessions.put(A, ticket(), resumed);
  const declined = sessions.take(A)!;
  assert.is(sessions.dropFamily(declined), 2);
  assert.is(sessions.count(A), 1, "another connection's ticket is still there");
  assert.is(sessions.dropFamily(declined), 0, 'once is enough');
  const { declined: count, siblingsDropped } = sessions.stats();
  assert.equal([count, siblingsDropped], [1, 2]);
});

test('drops a TLS 1.2 session that was declined', () => {
  const { sessions } = atStart();
  sessions.put(A, old());
  assert.is(sessions.dropFamily(sessions.take(A)!), 1);
  assert.is(sessions.take(A), undefined);
});

test('drops what a connection made', () => {
  const { sessions } = atStart();
  const [one, two] = [{}, {}];
  sessions.put(A, ticket(), one);
  sessions.put(B, ticket(), one);
  sessions.put(A, ticket(), two);
  assert.is(sessions.dropConnection(one), 2);
  assert.is(sessions.dropConnection({}), 0);
  assert.equal([sessions.count(A), sessions.count(B)], [1, 0]);
});

test('drops all of a peer', () => {
  const { sessions } = atStart();
  for (const session of [ticket(), ticket(), old()]) sessions.put(A, session);
  sessions.put(B, ticket());
  assert.is(sessions.drop(A), 3);
  assert.equal([sessions.count(A), sessions.count(B)], [0, 1]);
});

test('puts back a ticket that was never sent, once, and as it was', () => {
  const { sessions, clock } = atStart();
  const session = ticket({ hint: 60 });
  sessions.put(A, session);
  const taken = sessions.take(A)!;
  clock.now = START + 30;
  assert.is(sessions.putBack(taken), true);
  assert.is(sessions.putBack(taken), false);
  assert.is(sessions.count(A), 1);
  clock.now = START + 60;
  assert.equal(new Uint8Array(sessions.take(A)!), session);
  assert.is(sessions.putBack(Buffer.alloc(8)), false, 'one that never came from here');
});

test('puts nothing back that is expired meanwhile, or that never left', () => {
  const { sessions, clock } = atStart();
  sessions.put(A, ticket({ hint: 60 }));
  const taken = sessions.take(A)!;
  clock.now = START + 61;
  assert.is(sessions.putBack(taken), false);
  clock.now = START;
  sessions.put(B, old());
  const stays = sessions.take(B)!;
  const newer = old();
  sessions.put(B, newer);
  assert.is(sessions.putBack(stays), true);
  assert.equal(new Uint8Array(sessions.take(B)!), newer, 'it does not come before a newer one');
});

test('peeks without taking', () => {
  const { sessions } = atStart();
  const session = ticket();
  assert.is(sessions.peek(A), undefined);
  sessions.put(A, session);
  assert.equal(new Uint8Array(sessions.peek(A)!), session);
  assert.equal(new Uint8Array(sessions.take(A)!), session);
});

test('works over a cache of the caller and leaves it open', () => {
  const cache = new SessionCache({ mode: SessionCacheMode.CLIENT, now: () => START });
  const sessions = new ClientSessionCache({ cache });
  const removed: string[] = [];
  cache.setRemoveSessionCallback((_cache, _session, cause) => void removed.push(cause));
  sessions.put(A, ticket());
  sessions.take(A);
  assert.equal(removed, ['removed']);
  sessions.close();
  assert.is(cache.stats().number, 0);
  cache.close();
});

test('is safe from what a remove callback does', () => {
  const cache = new SessionCache({ mode: SessionCacheMode.CLIENT, now: () => START });
  const sessions = new ClientSessionCache({ cache, ticketsPerPeer: 2 });
  for (let i = 0; i < 2; i++) sessions.put(A, ticket());
  cache.setRemoveSessionCallback(() => void sessions.put(A, ticket()));
  assert.ok(sessions.take(A));
  cache.setRemoveSessionCallback(undefined);
  assert.is(sessions.count(A), 2);
  cache.close();
});

test('two over one cache see the same sessions', () => {
  const cache = new SessionCache({ mode: SessionCacheMode.BOTH, now: () => START });
  const [one, two] = [new ClientSessionCache({ cache }), new ClientSessionCache({ cache })];
  one.put(A, ticket());
  assert.ok(two.take(A));
  assert.is(one.take(A), undefined);
  cache.close();
});

test('refuses an impossible option by name', () => {
  const cache = new SessionCache({ mode: SessionCacheMode.CLIENT });
  const wrong: [object, RegExp][] = [
    [{ ticketsPerPeer: 0 }, /^RangeError: "ticketsPerPeer" expected an integer 1\.\.64, got 0/],
    [{ ticketsPerPeer: 65 }, /^RangeError: "ticketsPerPeer"/],
    [{ keepLast: 1 }, /^TypeError: "keepLast" expected boolean, got number/],
    [{ maxLifetime: 604_801 }, /^RangeError: "maxLifetime" expected an integer 1\.\.604800/],
    [{ size: 0 }, /^RangeError: "size"/],
    [{ now: 1 }, /^TypeError: "now" expected function/],
    [{ cache: {} }, /^TypeError: "cache" expected SessionCache, got Object/],
    [{ cache: new SessionCache() }, /^RangeError: "cache" expected a cache in mode CLIENT/],
    [
      { cache: new SessionCache({ mode: 0x401 }) },
      /^RangeError: "cache" expected a mode that renews/,
    ],
    [{ cache: new SessionCache({ mode: 1, profile: 'openssl-3.0' }) }, /"cache" expected profile/],
    [{ cache, size: 5 }, /^TypeError: "size" expected undefined with "cache"/],
    [{ cache, now: () => 1 }, /^TypeError: "now" expected undefined with "cache"/],
  ];
  for (const [options, message] of wrong) {
    assert.throws(
      () => new ClientSessionCache(options),
      (error: Error) => message.test(String(error)),
      JSON.stringify(options),
    );
  }
  assert.throws(() => new ClientSessionCache(null as never), /"options" expected object, got null/);
});

test('refuses a wrong argument by name and changes nothing', () => {
  const { sessions } = atStart();
  sessions.put(A, ticket());
  const short = new Uint8Array(31);
  assert.throws(() => sessions.take(short), /"key" expected 32 bytes, got 31/);
  assert.throws(() => sessions.put(short, ticket()), /"key" expected 32 bytes, got 31/);
  assert.throws(() => sessions.take('A' as never), /"key" expected Uint8Array, got string/);
  assert.throws(() => sessions.put(A, 'x' as never), /"session" expected Uint8Array, got string/);
  assert.throws(() => sessions.put(A, ticket(), 1 as never), /"connection" expected object/);
  assert.throws(() => sessions.resumed(ticket(), 1 as never), /"connection" expected object/);
  assert.is(sessions.count(A), 1);
});

test('says that it is closed, and wipes what it held', () => {
  const { sessions } = atStart();
  sessions.put(A, ticket());
  sessions.close();
  sessions.close();
  for (const use of [
    () => sessions.take(A),
    () => sessions.put(A, ticket()),
    () => sessions.stats(),
  ]) {
    assert.throws(use, (error: { code?: string }) => error.code === 'ERR_SESSCACHE_CLOSED');
  }
});

test('shows no session when it is printed', async () => {
  const { inspect } = await import('node:util');
  const { sessions } = atStart();
  sessions.put(A, ticket());
  const text = inspect(sessions, { depth: 9, showHidden: true });
  assert.not.match(text, /Buffer|Uint8Array|data/i);
});

test.run();
