// What a remove callback may do to the cache that calls it: in the manual profile anything, in
// openssl-3.0 only what libssl does not refuse while it holds its lock.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { cacheAt, id, NOW, order, session } from './support.ts';

const manual = suite('calling back, profile manual');
const openssl = suite('calling back, profile openssl-3.0');
const profile = 'openssl-3.0';

manual('a remove callback may do anything to the cache', () => {
  const { cache } = cacheAt({ size: 1 });
  const results: unknown[] = [];
  cache.setRemoveSessionCallback((_cache, removed) => {
    cache.setRemoveSessionCallback(undefined);
    results.push(cache.hasMatchingSessionId(id(2)), cache.addSession(removed));
    results.push(cache.flushSessions(0), cache.addSession(session(3)));
  });
  cache.addSession(session(1));
  cache.addSession(session(2));
  assert.equal(results, [true, true, 1, true]);
  assert.equal(order(cache), [3]);
});

openssl('a remove callback of an eviction or a flush is refused what needs the lock', () => {
  const { cache } = cacheAt({ size: 3, profile });
  const stays = session(8, { time: NOW + 10 });
  const results: unknown[] = [];
  cache.setRemoveSessionCallback((_cache, removed) => {
    const stranger = session(9);
    results.push(cache.addSession(stranger), cache.removeSession(stranger), stranger.isResumable);
    results.push(cache.flushSessions(0), cache.hasMatchingSessionId(id(8)));
    results.push(stays.setTime(NOW), stays.setTimeout(5), removed.setTime(NOW));
    results.push(cache.setGenerateSessionIdCallback(undefined));
  });
  const refused = [false, false, true, 0, false, false, false, true, false];
  for (const made of [stays, session(1), session(2)]) cache.addSession(made);
  assert.equal(results, refused, 'evicting');
  results.length = 0;
  assert.is(cache.flushSessions(NOW + 301), 1);
  assert.equal(results, refused, 'flushing');
  assert.is(stays.time, NOW + 10);
  assert.is(cache.hasMatchingSessionId(id(8)), true);
});

openssl('a remove callback of a removal may do anything', () => {
  const { cache } = cacheAt({ profile });
  const results: unknown[] = [];
  cache.addSession(session(1));
  const other = session(2);
  cache.setRemoveSessionCallback(() => {
    cache.setRemoveSessionCallback(undefined);
    results.push(
      cache.addSession(other),
      cache.hasMatchingSessionId(id(2)),
      other.setTime(NOW + 1),
    );
  });
  cache.removeSession(session(1));
  assert.equal(results, [true, true, true]);
});

manual.run();
openssl.run();
