// What the tests of Go's crypto/tls demand of its client session cache, of this one.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SessionCacheMode } from '../../bindings/index.ts';
import { cacheAt, handshake, id, order, session } from '../manual/support.ts';

const test = suite('Go');

const { CLIENT, OFF, SERVER, UPDATE_TIME } = SessionCacheMode;

test('of six in a cache of four the first two go', () => {
  const { cache } = cacheAt({ size: 4 });
  for (const n of [0, 1, 2, 3, 4, 5]) cache.addSession(session(n));
  assert.equal(order(cache), [2, 3, 4, 5]);
});

test('a lookup saves nothing from eviction: sessions go by expiry, not by use as in Go', () => {
  const { cache } = cacheAt({ size: 4 });
  for (const n of [2, 3, 4, 5]) cache.addSession(session(n));
  cache.resumeSession(id(2));
  cache.addSession(session(6));
  assert.equal(order(cache), [3, 4, 5, 6]);
});

test('… but with UPDATE_TIME, and a clock that moves, it does', () => {
  const { cache, clock } = cacheAt({ size: 4, mode: SERVER | UPDATE_TIME });
  for (const n of [2, 3, 4, 5]) cache.addSession(session(n));
  clock.now++;
  cache.resumeSession(id(2));
  cache.addSession(session(6));
  assert.equal(order(cache), [4, 5, 2, 6]);
});

test('removing an unknown session changes nothing', () => {
  const { cache } = cacheAt();
  cache.addSession(session(1));
  assert.is(cache.removeSession(session(2)), false);
  assert.is(cache.removeSessionById(id(2)), false);
  assert.is(cache.removeSessionById(id(1)), true);
  assert.is(cache.removeSessionById(id(1)), false);
});

test('without a session cache nothing is kept and nothing resumes', () => {
  const { cache } = cacheAt({ mode: OFF });
  handshake(cache, session(1));
  cache.finishHandshake('client', session(2));
  assert.equal([order(cache), cache.resumeSession(id(1))], [[], undefined]);
});

test('after a handshake failed its session is gone, and the next one is full', () => {
  const { cache } = cacheAt({ mode: CLIENT });
  const made = session(1);
  cache.finishHandshake('client', made);
  cache.startHandshake('client');
  cache.abortSession(made);
  assert.equal([made.isCached, made.isResumable], [false, false]);
  assert.is(cache.stats().removals.aborted, 1);
});

test.run();
