// maxBytes bounds the memory, whatever sizes sessions have and in whatever order they leave: holes
// between small ones are of no use to large ones, and the index does not shrink.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Session, SessionCache, type SessionCacheOptions } from '../../bindings/index.ts';
import { type Random, randomBytes, seededRandom } from '../support/random.ts';
import { debugCache, idOf, mixedSize, NOW, validate } from './memory.ts';

const test = suite('fragmentation');

const PROFILES = ['manual', 'openssl-3.0'] as const;
const KIB = 1024;

/** Sizes of sessions, as a share of all adds is done. */
const SIZES: Record<string, (done: number, random: Random) => number> = {
  'of one size': () => 160,
  mixed: (_, random) => mixedSize(random),
  'of any size': (_, random) => random(5000),
  growing: (done) => 100 + Math.floor(done * 4000),
  'small, then large': (done, random) => (done < 0.5 ? 150 + random(100) : 8000),
  'small, then the largest': (done, random) => (done < 0.5 ? random(60) : 16384),
  'large, then tiny': (done) => (done < 0.1 ? 8000 : 0),
  'in waves': (done, random) => (Math.floor(done * 8) % 2 ? 4000 : 100) + random(100),
};

/** Fills a cache, and checks the bounds at each step. Returns the least and the last fill. */
function fill(
  options: SessionCacheOptions,
  sizeAt: (done: number, random: Random) => number,
  count: number,
  make: (options: SessionCacheOptions) => SessionCache,
): { cache: SessionCache; last: number } {
  const random = seededRandom(3);
  const pool = randomBytes(random, 40_000); // nothing in common, so that all are stored whole
  const cache = make({ size: 0, maxLifetime: Infinity, now: () => NOW, ...options });
  const maxBytes = options.maxBytes!;
  for (let n = 0; n < count; n++) {
    const length = sizeAt(n / count, random);
    const at = random(pool.length - length);
    const data = pool.subarray(at, at + length);
    const timeout = 1 + random(1e6);
    assert.is(cache.addSession(new Session({ id: idOf(n), data, time: NOW, timeout })), true);
    const store = n % 16 === 0 || n > count - 16 ? cache.stats() : undefined;
    if (store === undefined) continue;
    const { bytes, memory, reserved } = store;
    assert.ok(bytes <= maxBytes, `${bytes} counted`);
    assert.ok(Math.max(memory, reserved) <= 1.25 * maxBytes + 512 * KIB, `${memory}, ${reserved}`);
  }
  return { cache, last: cache.stats().bytes / maxBytes };
}

for (const [name, sizeAt] of Object.entries(SIZES)) {
  test(`sessions ${name}: memory stays within 1.25 times maxBytes, and the cache in use`, () => {
    for (const profile of PROFILES) {
      for (const maxBytes of [2 ** 20, 2 ** 23]) {
        const count = maxBytes === 2 ** 20 ? 12_000 : 60_000;
        const make = (options: SessionCacheOptions): SessionCache => new SessionCache(options);
        const { cache, last } = fill({ maxBytes, profile }, sizeAt, count, make);
        assert.ok(last > 0.7, `${profile}: ${last} of ${maxBytes}`);
        cache.close();
      }
    }
  });

  test(`sessions ${name}: nothing is damaged at the bound`, () => {
    const { cache } = fill({ maxBytes: 2 ** 18 }, sizeAt, 2000, debugCache);
    validate(cache);
    cache.close();
  });
}

test('maxMemory that the program sets goes before that of maxBytes', () => {
  const make = (options: SessionCacheOptions): SessionCache => new SessionCache(options);
  const options = { maxBytes: 2 ** 20, maxMemory: 2 ** 19 };
  const { cache } = fill(options, SIZES.mixed!, 5000, make);
  assert.ok(cache.stats().memory <= 2 ** 19);
  assert.ok(cache.stats().number > 100);
});

test.run();
