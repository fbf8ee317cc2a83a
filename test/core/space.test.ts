import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { engineOf } from '../../bindings/cache/internal.ts';
import * as HEADER from '../../bindings/core/fields/header.generated.ts';
import { Session, SessionCache, SessionCacheError } from '../../bindings/index.ts';
import { randomBytes, seededRandom } from '../support/random.ts';
import * as tls12 from '../support/tls12-session.ts';
import { debugCache, idOf, marked, mixedSize, NOW, validate } from './memory.ts';

const test = suite('space');

const KIB = 1024;

test('a churn of mixed sizes needs little more memory than the sessions it holds', () => {
  // A byte limit keeps the live sessions at 2 MiB; removals at random places break the order.
  const random = seededRandom(11);
  const limit = 2048 * KIB;
  const cache = debugCache({ size: 0, maxBytes: limit });
  let after20000 = 0;
  for (let i = 0; i < 60_000; i++) {
    cache.addSession(marked(random(20_000), mixedSize(random), { timeout: random(7200) }));
    if (random(8) === 0) cache.removeSessionById(idOf(random(20_000)));
    if (i === 20_000) after20000 = cache.stats().memory;
  }
  const { bytes, memory } = cache.stats();
  assert.ok(bytes > 0.9 * limit);
  assert.ok(memory < 1.5 * limit, `${memory} bytes of memory for ${limit} of sessions`);
  assert.ok(memory <= 1.15 * after20000, 'it does not creep');
  validate(cache);
});

test('sessions of one size waste nothing, however long they churn', () => {
  const random = seededRandom(12);
  const cache = debugCache({ size: 2000 });
  let memory = 0;
  for (let i = 0; i < 40_000; i++) {
    cache.addSession(marked(i, 158, { timeout: random(7200) }));
    if (i === 2500) memory = cache.stats().memory;
  }
  assert.is(cache.stats().memory, memory);
  validate(cache);
});

test('a session of 16,384 bytes goes in, one byte more is refused and says so', () => {
  const cache = debugCache();
  assert.is(cache.addSession(marked(1, 16384)), true);
  assert.is(Buffer.compare(cache.resumeSession(idOf(1))!.data, marked(1, 16384).data), 0);
  assert.throws(
    () => new Session({ id: idOf(2), data: new Uint8Array(16385) }),
    /"data" expected at most 16384 bytes, got 16385/,
  );
});

test('the byte limit evicts what expires first, and only as much as it must', () => {
  const cache = debugCache({ maxBytes: 3 * 228 });
  for (let i = 1; i <= 3; i++) cache.addSession(marked(i, 158, { timeout: 100 * i }));
  assert.is(cache.stats().bytes, 3 * 228);
  cache.addSession(marked(4, 158, { timeout: 50 }));
  assert.equal(
    Array.from(cache, (session) => session.id[3]),
    [4, 2, 3],
  );
  cache.addSession(marked(5, 300, { timeout: 500 }));
  assert.equal(
    Array.from(cache, (session) => session.id[3]),
    [3, 5],
  );
  validate(cache);
});

test('a session larger than the byte limit is refused and nothing leaves for it', () => {
  const cache = debugCache({ maxBytes: 500 });
  cache.addSession(marked(1, 158));
  cache.addSession(marked(2, 158));
  try {
    cache.addSession(marked(3, 500));
    assert.unreachable('it was added');
  } catch (error) {
    assert.instance(error, SessionCacheError);
    assert.is((error as SessionCacheError).code, 'ERR_SESSCACHE_MAX_BYTES');
  }
  assert.is(cache.stats().number, 2);
  assert.is(cache.stats().removals.evicted, 0);
  validate(cache);
});

test('replacing the only session at the byte limit needs no eviction', () => {
  const cache = debugCache({ maxBytes: 228 });
  cache.addSession(marked(1, 158));
  assert.is(cache.addSession(marked(1, 158)), true);
  assert.is(cache.stats().removals.evicted, 0);
  assert.is(cache.stats().removals.replaced, 1);
});

test('lookups among short tags read nothing beyond the end of memory', () => {
  const random = seededRandom(14);
  const cache = new SessionCache({ size: 0, maxMemory: 256 * KIB });
  const ids = Array.from({ length: 5000 }, () => randomBytes(random, 32));
  for (const [i, id] of ids.slice(0, 3000).entries()) {
    const tags = [`${i}`, `a${i}`, `b${i}`, `c${i}`, `d${i}`];
    cache.addSession(new Session({ id, data: randomBytes(random, random(8)), tags }));
    if (i % 20 === 0 && i > 500) for (const other of ids) cache.resumeSession(other);
  }
  assert.ok(cache.stats().memory === 256 * KIB && cache.stats().misses > 100_000);
});

test('when memory is used up, adds evict and nothing that stays is damaged', () => {
  const random = seededRandom(13);
  for (const notify of [false, true]) {
    const cache = debugCache({ size: 0, maxMemory: 512 * KIB });
    if (notify) cache.setRemoveSessionCallback(() => {});
    for (let i = 0; i < 4000; i++) {
      const serial = random(3000);
      const length = mixedSize(random);
      const extra = { timeout: random(3) ? random(600) : 2n ** 40n, tags: [`t${random(50)}`] };
      assert.is(cache.addSession(marked(serial, length, extra)), true);
      assert.is(cache.resumeSession(idOf(serial))?.data.length, length);
      if (i % 100 === 0) validate(cache);
    }
    assert.ok(cache.stats().memory <= 512 * KIB);
    assert.ok(cache.stats().removals.evicted > 0);
    for (const session of cache) {
      const serial = new DataView(session.id.buffer, session.id.byteOffset).getUint32(0);
      assert.is(Buffer.compare(session.data, marked(serial, session.data.length).data), 0);
    }
    validate(cache);
  }
});

test('a change for which there is no memory is refused and changes nothing', () => {
  // Sessions that together fill the memory, none of which may leave for a wider time.
  const cache = debugCache({ size: 0, maxMemory: 256 * KIB });
  const random = seededRandom(15);
  let refused = 0;
  for (let i = 0; i < 300; i++) {
    const data = randomBytes(random, 200); // nothing that a template could save
    cache.addSession(new Session({ id: idOf(i), data, time: NOW, timeout: 300 + (i % 7) }));
  }
  for (const session of cache) {
    const { timeout } = session;
    try {
      session.setTimeout(2n ** 50n);
    } catch (error) {
      assert.is((error as SessionCacheError).code, 'ERR_SESSCACHE_NO_MEMORY');
      assert.is(session.timeout, timeout);
      refused++;
    }
  }
  assert.ok(refused > 0);
  validate(cache);
});

test('memory that is too small for a cache at all is refused at once', () => {
  assert.throws(
    () => debugCache({ maxMemory: 100 * KIB }),
    /"maxMemory" expected an integer 262144/,
  );
});

test('the index grows segment by segment, and its directory with it', () => {
  const cache = debugCache({ size: 0 });
  for (let i = 0; i < 30_000; i++) {
    cache.addSession(new Session({ id: idOf(i), time: NOW, timeout: 300, protocolVersion: i % 3 }));
  }
  validate(cache);
  for (let i = 0; i < 30_000; i += 7) {
    assert.is(cache.hasMatchingSessionId(idOf(i), i % 3), true);
    assert.is(cache.hasMatchingSessionId(idOf(i), (i + 1) % 3), false);
  }
  assert.is(cache.flushSessions(0), 30_000);
  validate(cache);
});

test('a cache without a limit begins with 8 MiB, and asks for 16 at a time while it is small', () => {
  const cache = debugCache({ size: 0 });
  const { reserved: first } = cache.stats();
  assert.ok(first > 2 ** 23 && first < 2 ** 23 + 2 ** 19, `${first} bytes`);
  for (let i = 0; i < 20_000; i++) cache.addSession(marked(i, 20));
  assert.is(cache.stats().reserved, first);
  for (let i = 0; i < 3000; i++) cache.addSession(marked(i, 4096, { sessionIdContext: idOf(i) }));
  const { memory, reserved } = cache.stats();
  assert.ok(memory > first && reserved - memory <= 2 ** 24, `${reserved} bytes for ${memory}`);
  validate(cache);
});

test('every session may have a context, and tags, of its own', () => {
  const cache = debugCache({ size: 500 });
  for (let i = 0; i < 2000; i++) {
    const tags = [`user:${i % 400}`, `vhost:${i % 3}`, idOf(i)];
    cache.addSession(marked(i, 20, { sessionIdContext: idOf(i), tags }));
  }
  validate(cache);
  const inVhost = [...cache].filter((s) =>
    s.tags.some((t) => Buffer.from(t).equals(Buffer.from('vhost:1'))),
  );
  assert.is(cache.revoke({ tag: 'vhost:1' }), inVhost.length);
  validate(cache);
  assert.is(cache.resumeSession(idOf(1999), { sessionIdContext: idOf(1998) }), undefined);
  cache.flushSessions(0);
  validate(cache);
});

test('whatever allocation fails, the cache stays whole', () => {
  // One arena page of 64 KiB; expiries so far apart that each needs nodes of its own, contexts and
  // tags of their own: every kind of block gets to be the one that does not fit.
  const random = seededRandom(14);
  const cache = debugCache({ size: 0, maxMemory: 256 * KIB, maxLifetime: Infinity });
  const held: Session[] = [];
  let refused = 0;
  for (let i = 0; i < 6000; i++) {
    const session = marked(i, random(3) ? random(40) : random(2000), {
      timeout: random(2 ** 31),
      sessionIdContext: idOf(random(4) ? i : 0),
      tags: Array.from({ length: random(9) }, () => idOf(random(1000))),
    });
    cache.addSession(session);
    held[random(50)] = session;
    const other = held[random(50)];
    try {
      if (random(3) === 0) other?.setTimeout(random(4) ? random(2 ** 31) : 2n ** 50n);
      if (random(3) === 0) other?.setSessionIdContext(idOf(i + 1_000_000));
    } catch (error) {
      assert.is((error as SessionCacheError).code, 'ERR_SESSCACHE_NO_MEMORY');
      refused++;
    }
    if (i % 40 === 0) validate(cache);
  }
  assert.ok(refused > 0 && cache.stats().removals.evicted > 1000);
  validate(cache);
});

test('an index that cannot grow fills its last slots, then evicts', () => {
  const cache = debugCache({ size: 0, maxMemory: 14 * 64 * KIB });
  for (let i = 0; i < 25_000; i++) {
    cache.addSession(new Session({ id: idOf(i).subarray(0, 4), time: NOW, timeout: 300 }));
    if (i % 5000 === 0) validate(cache);
  }
  validate(cache);
  const { number, removals } = cache.stats();
  assert.is(number + removals.evicted, 25_000);
  assert.ok(number > 10_000, `${number} sessions`);
  assert.is(cache.hasMatchingSessionId(idOf(24_999).subarray(0, 4)), true);
});

test('sessions that are larger than expected let a bounded cache grow to their size', () => {
  const cache = debugCache({ size: 6000 });
  const random = seededRandom(6000);
  for (let i = 0; i < 7000; i++) {
    // Nothing that a template could save.
    const data = randomBytes(random, 800);
    cache.addSession(new Session({ id: idOf(i), data, time: NOW, timeout: 300 }));
  }
  const { bytes, memory, reserved, number } = cache.stats();
  assert.is(number, 6000);
  assert.ok(memory >= bytes && reserved >= memory);
  assert.ok(reserved < 1.5 * bytes, `${reserved} bytes for ${bytes} of sessions`);
  validate(cache);
});

test('moving an entry for wide times keeps it findable in a crowded index', () => {
  const cache = debugCache({ size: 0 });
  for (let i = 0; i < 5000; i++) cache.addSession(marked(i, 8, { tags: ['all'] }));
  for (const session of cache) session.setTimeout(2n ** 40n);
  validate(cache);
  for (let i = 0; i < 5000; i++) assert.is(cache.hasMatchingSessionId(idOf(i)), true);
  assert.is(cache.revoke({ tag: 'all' }), 5000);
});

test('a byte limit holds when an entry would grow beyond it', () => {
  const cache = debugCache({ maxBytes: 228 });
  const session = marked(1, 158);
  cache.addSession(session);
  assert.throws(() => session.setTimeout(2n ** 40n), /no memory left for this change/);
  assert.is(session.timeout, 300);
  assert.is(cache.stats().bytes, 228);
  validate(cache);
});

test('a bounded cache of usual sessions is filled without its memory being detached', () => {
  // V8 would be slower from then on in every access to any typed array of the program.
  const { CONTEXT: sessionIdContext, tls12Session: make } = tls12;
  for (const size of [1, 1000, 20_480]) {
    const cache = new SessionCache({ size, sessionIdContext });
    const { memory } = engineOf(cache).memory.core;
    const { buffer } = memory;
    const random = seededRandom(13);
    for (let i = 0; i < size + 1000; i++) {
      const { id, data } = make(random, NOW);
      cache.addSession(new Session({ id, data, sessionIdContext, timeout: 300, time: NOW }));
    }
    assert.is(cache.stats().number, size);
    assert.is(memory.buffer, buffer);
  }
});

test('a bounded cache begins with the index that it needs, and an eighth of its memory at most', () => {
  const depthOf = (cache: SessionCache): number => engineOf(cache).memory.headerWord(HEADER.depth);
  for (const [size, maxMemory, depth] of [
    [0, 2 ** 30, 0],
    [500, 2 ** 30, 0],
    [1000, 2 ** 30, 1],
    [20_480, 2 ** 30, 6],
    [20_480, 2 ** 20, 5],
    [20_480, 2 ** 18, 3],
    [1_000_000, 2 ** 30, 8],
  ] as const) {
    assert.is(depthOf(debugCache({ size, maxMemory })), depth, `${size} in ${maxMemory} bytes`);
  }
  const cache = debugCache({ size: 6000 });
  for (let i = 0; i < 7000; i++) cache.addSession(marked(i, 40));
  assert.is(depthOf(cache), 4, 'no segment has been split');
  validate(cache);
});

test('a cache whose size has changed is emptied in the memory that it has', () => {
  for (const [first, later] of [
    [300, 100_000],
    [3000, 100],
  ] as const) {
    const cache = debugCache({ size: first });
    for (let i = 0; i < first; i++) cache.addSession(marked(i, 40));
    cache.setCacheSize(later);
    const { memory } = cache.stats();
    assert.is(cache.flushSessions(0), first);
    assert.ok(cache.stats().memory <= memory);
    validate(cache);
    for (let i = 0; i < 5000; i++) cache.addSession(marked(i, 40));
    assert.is(cache.stats().number, Math.min(5000, later));
    validate(cache);
  }
});

test.run();
