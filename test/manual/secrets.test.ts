// Secrets: what no print shows, and what no byte of remains when a session has left.

import { inspect } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { engineOf } from '../../bindings/cache/internal.ts';
import { Session, SessionCache } from '../../bindings/index.ts';
import { randomBytes, seededRandom } from '../support/random.ts';
import { cacheAt, errorOf, id, NOW } from './support.ts';
import { hexOf } from '../support/bytes.ts';

const test = suite('secrets');
const random = seededRandom(20);

function secret(n: number, length = 160, extra: object = {}): Session {
  return new Session({ id: id(n), data: randomBytes(random, length), time: NOW, ...extra });
}

/** How many of the secret's groups of four bytes are anywhere in the cache's memory. */
function remains(cache: SessionCache, data: Uint8Array): number {
  const memory = Buffer.from(engineOf(cache).memory.core.memory.buffer);
  let found = 0;
  for (let i = 0; i + 4 <= data.length; i++) {
    if (memory.includes(Buffer.from(data.subarray(i, i + 4)))) found++;
  }
  return found;
}

function fill(cache: SessionCache, count: number, length = 160): Session[] {
  const made = Array.from({ length: count }, (_, n) => secret(n + 1, length, { tags: ['t'] }));
  for (const each of made) cache.addSession(each);
  return made;
}

const LEAVING: Record<
  string,
  (cache: SessionCache, gone: Session, clock: { now: number }) => void
> = {
  removeSession: (cache, gone) => cache.removeSession(gone),
  removeSessionById: (cache, gone) => cache.removeSessionById(gone.id),
  'a flush': (cache) => cache.flushSessions(0, { budget: 1 }),
  'a lookup after expiry': (cache, gone, clock) => {
    clock.now = NOW + 1000;
    cache.resumeSession(gone.id);
  },
  eviction: (cache) => {
    cache.setCacheSize(3);
    cache.addSession(secret(77));
  },
  replacement: (cache, gone) => cache.addSession(new Session({ id: gone.id, time: NOW })),
  'replacement by another of its size': (cache) => cache.addSession(secret(1)),
  revocation: (cache) => cache.revoke({ tag: 't' }),
  abortion: (cache, gone) => cache.abortSession(gone),
  'close()': (cache) => cache.close(),
};

for (const [name, leave] of Object.entries(LEAVING)) {
  for (const watched of [false, true]) {
    test(`after ${name} nothing remains${watched ? ', nor when a callback was told' : ''}`, () => {
      const { cache, clock } = cacheAt();
      if (watched) cache.setRemoveSessionCallback(() => {});
      const [gone] = fill(cache, 3) as [Session];
      assert.is(remains(cache, gone.data), 157, 'it was there');
      leave(cache, gone, clock);
      assert.is(gone.isCached, false);
      assert.is(remains(cache, gone.data), 0);
    });
  }
}

test('a session whose times outgrow their place leaves no copy behind', () => {
  const { cache } = cacheAt();
  const [moved] = fill(cache, 3) as [Session];
  moved.setTimeout(2n ** 40n);
  assert.is(remains(cache, moved.data), 157);
  cache.removeSession(moved);
  assert.is(remains(cache, moved.data), 0);
});

test('refused sessions leave nothing', () => {
  const { cache } = cacheAt({ maxBytes: 1000 });
  const large = secret(1, 2000);
  assert.is(errorOf(() => cache.addSession(large)).code, 'ERR_SESSCACHE_MAX_BYTES');
  assert.is(remains(cache, large.data), 0);
  const refused = secret(2);
  cache.setNewSessionCallback(() => false);
  cache.finishHandshake('server', refused);
  assert.is(remains(cache, refused.data), 0);
});

test('after a churn of all sizes only what is cached is in memory', () => {
  const { cache } = cacheAt({ size: 40 });
  const made: Session[] = [];
  for (let n = 0; n < 600; n++) {
    const each = secret(random(80), 8 + random(random(8) === 0 ? 4000 : 400));
    cache.addSession(each);
    made.push(each);
    const victim = made[random(made.length)] as Session;
    const dice = random(3);
    if (dice === 0) cache.removeSession(victim);
    else if (dice === 1) victim.setTime(random(2) === 0 ? NOW : 2n ** 40n);
  }
  const memory = Buffer.from(engineOf(cache).memory.core.memory.buffer);
  for (const each of made) {
    for (let i = 0; i + 8 <= each.data.length; i += 8) {
      const part = Buffer.from(each.data.subarray(i, i + 8));
      assert.is(memory.includes(part), each.isCached, `${each.data.length} bytes, at ${i}`);
    }
  }
});

test('after close() all memory is zero', () => {
  const { cache } = cacheAt();
  fill(cache, 50, 3000);
  cache.resumeSession(id(3));
  const { memory } = engineOf(cache).memory.core;
  cache.close();
  assert.ok(Buffer.from(memory.buffer).every((byte) => byte === 0));
});

/** All that printing, converting and serializing make of a value. */
function prints(value: unknown): string {
  const deep = { depth: 20, showHidden: true, getters: true, maxArrayLength: null } as const;
  return [inspect(value, deep), inspect([value]), JSON.stringify(value), String(value)].join('\n');
}

function assertSecret(text: string, made: Session): void {
  const forms = [made.data, made.data.subarray(4, 12)].flatMap((data) => [
    hexOf(data),
    Buffer.from(data).toString('base64').slice(0, 8),
    [...data.subarray(0, 4)].join(','),
    [...data.subarray(0, 4)].join(', '),
  ]);
  for (const form of forms) assert.not.ok(text.includes(form), `shows ${form}`);
}

test('neither sessions nor caches show data when they are printed', () => {
  const { cache } = cacheAt();
  const [made] = fill(cache, 3) as [Session];
  const resumed = cache.resumeSession(id(1)) as Session;
  const viewed = cache.viewSession(id(1)) as Session;
  for (const value of [made, resumed, viewed, made.dup(), cache, secret(9)]) {
    assertSecret(prints(value), made);
  }
  cache.removeSession(made);
  assertSecret(prints(made), made);
  cache.close();
  assertSecret(prints(cache), made);
});

test('a printed session says what it is', () => {
  const made = secret(1);
  assert.match(inspect(made), /Session \{[^]*dataLength: 160[^]*isCached: false/);
  assert.is((JSON.parse(JSON.stringify(made)) as { dataLength: number }).dataLength, 160);
  const { cache } = cacheAt();
  assert.match(inspect(cache), /SessionCache \{[^]*number: 0/);
});

test('errors show neither ids nor data', () => {
  const { cache } = cacheAt();
  const data = randomBytes(random, 20_000);
  const made = secret(1);
  cache.addSession(made);
  const errors = [
    () => new Session({ id: made.data }),
    () => new Session({ id: id(1), data }),
    () => new Session({ id: id(1), tags: [made.data] }),
    () => cache.resumeSession(made.data),
    () => cache.revoke({ tag: made.data }),
    () => made.setId(id(5)),
    () => cacheAt().cache.addSession(made),
  ].map(errorOf);
  for (const error of errors) {
    assertSecret(prints(error), made);
    assert.not.ok(error.message.includes(hexOf(id(1))));
  }
});

test.run();
