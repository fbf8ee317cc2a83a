// What templates cost. Sessions that each differ a little from those before are the worst of them:
// each would have a template of its own, four times the size of the session.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Session, type SessionCache } from '../../bindings/index.ts';
import { pick, seededRandom } from '../support/random.ts';
import { debugCache, NOW, validate } from './memory.ts';

const test = suite('memory of templates');

/** What stats().memory has besides the sessions' blocks: pages that are begun, and the index. */
const FIXED = 5 * 65536;
const PROFILES = ['manual', 'openssl-3.0'] as const;

function nameOf(n: number): Uint8Array {
  const id = new Uint8Array(32);
  new DataView(id.buffer).setUint32(0, n);
  return id;
}

/** Each differs from the one before in one byte more, and from the first in n. */
function drifting(length: number, n: number, change = 1): Session {
  const data = Uint8Array.from({ length }, (_, i) => (i * 131) ^ (i >> 3));
  for (let j = 0; j <= n; j++) data[j % length]! ^= 1 + ((n + change) % 7);
  return new Session({ id: nameOf(n), data, time: NOW, timeout: 1e6 });
}

function expectBound(cache: SessionCache, title: string): void {
  const { bytes, memory } = cache.stats();
  assert.ok(memory <= 1.25 * bytes + FIXED, `${title}: counted ${bytes}, memory ${memory}`);
}

for (const profile of PROFILES) {
  test(`sessions that drift apart take no more memory than they count for (${profile})`, () => {
    for (const length of [256, 700, 2048, 4096]) {
      const cache = debugCache({ profile, size: 0 });
      const count = Math.ceil(2 ** 20 / length);
      for (let n = 0; n < count; n++) cache.addSession(drifting(length, n));
      expectBound(cache, `${length} bytes`);
      validate(cache);
    }
  });

  test(`what removals leave of templates counts, and maxBytes bounds it (${profile})`, () => {
    // Rounds of sessions of a context and length each, of which only one is left: its template is
    // all that remains, and the next round has another.
    const maxBytes = 2 ** 19;
    for (const length of [256, 1024, 4096]) {
      for (const left of [1, 2]) {
        const cache = debugCache({ profile, size: 0, maxBytes });
        const count = Math.ceil(2 ** 17 / length);
        for (let round = 0; round < 40; round++) {
          const sessionIdContext = Uint8Array.of(round);
          for (let i = 0; i < count; i++) {
            const n = round * count + i;
            const { data } = drifting(length, n % 7, round);
            cache.addSession(
              new Session({ id: nameOf(n), data, time: NOW, timeout: 1e6, sessionIdContext }),
            );
            const { bytes } = cache.stats();
            assert.ok(bytes <= maxBytes, `${bytes} of ${maxBytes} bytes`);
          }
          for (let i = left; i < count; i++) cache.removeSessionById(nameOf(round * count + i));
        }
        const { memory } = cache.stats();
        assert.ok(memory <= 1.25 * maxBytes + FIXED, `${length} bytes: ${memory} of memory`);
        validate(cache);
      }
    }
  });

  test(`groups and contexts of a session's own count, and maxBytes bounds them (${profile})`, () => {
    const maxBytes = 2 ** 19;
    const cache = debugCache({ profile, size: 0, maxBytes });
    for (let n = 0; n < 3000; n++) {
      const own = nameOf(n);
      cache.addSession(
        new Session({
          id: own,
          data: own,
          time: NOW + n * 40,
          timeout: 1e6,
          sessionIdContext: own,
          tags: Array.from({ length: 8 }, (_, i) => `${n}, ${i}`),
        }),
      );
      const { bytes } = cache.stats();
      assert.ok(bytes <= maxBytes, `${bytes} of ${maxBytes} bytes`);
    }
    const { bytes, memory } = cache.stats();
    assert.ok(bytes > 0.9 * maxBytes, `${bytes} bytes`);
    assert.ok(memory <= 1.25 * maxBytes + FIXED, `${memory} bytes of memory`);
    validate(cache);
  });
}

test('a template is widened until chance has no part in it, however long the sessions are', () => {
  const random = seededRandom(5);
  for (const length of [160, 700, 2000, 4096]) {
    const cache = debugCache({ size: 0 });
    for (let n = 0; n < 400; n++) {
      const data = new Uint8Array(length).fill(7);
      // A third is a session's own.
      for (let i = 0; i < length / 3; i++) data[i * 3] = pick(random, [random(256)]);
      cache.addSession(new Session({ id: nameOf(n), data, time: NOW, timeout: 300 }));
    }
    const { memory, bytes } = cache.stats();
    assert.ok(memory - FIXED < 0.6 * bytes, `${length} bytes: counted ${bytes}, memory ${memory}`);
    validate(cache);
  }
});

test.run();
