import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Session, SessionCache } from '../../bindings/index.ts';
import { randomBytes, seededRandom } from '../support/random.ts';
import { CONTEXT, tls12Session } from '../support/tls12-session.ts';

const test = suite('density');

const SESSIONS = 200_000;
/**
 * i2d_SSL_SESSION of TLS 1.2 with a 32-byte id and context, without a certificate or a server name.
 */
const BYTES = 158;

// Counted is every page of Wasm memory that has ever been handed out: sessions with their ids, the
// index, the order, the header, free blocks and what is lost between blocks. Not counted are pages
// asked of the host ahead and never touched (`reserved`), and what one cache costs once outside of
// that memory: no JavaScript object belongs to a session.
function perMiB(cache: SessionCache): number {
  const { number, memory, reserved } = cache.stats();
  assert.is(number, SESSIONS);
  assert.ok(memory <= reserved, `memory ${memory}, reserved ${reserved}`);
  return number / (memory / 2 ** 20);
}

for (const [title, size] of [
  ['a full cache', SESSIONS],
  ['a cache without a limit', 0],
] as const) {
  test(`${title} holds at least 7,800 TLS 1.2 sessions of a server per MiB`, () => {
    const cache = new SessionCache({ size, sessionIdContext: CONTEXT });
    const random = seededRandom(158);
    const start = Math.floor(Date.now() / 1000);
    for (let i = 0; i < SESSIONS; i++) {
      // They came in one hour.
      const { id, data } = tls12Session(random, start - 3600 + Math.floor((3600 * i) / SESSIONS));
      assert.is(data.length, BYTES);
      cache.addSession(new Session({ id, data, timeout: 300, sessionIdContext: CONTEXT }));
      if (i === SESSIONS - 1) {
        assert.is(Buffer.compare(cache.resumeSession(id)!.data, data), 0);
      }
    }
    const found = perMiB(cache);
    assert.ok(found >= 7800, `${found.toFixed(0)} sessions per MiB`);
  });

  test(`${title} holds at least 4,300 sessions that share nothing per MiB`, () => {
    const cache = new SessionCache({ size });
    const random = seededRandom(159);
    for (let i = 0; i < SESSIONS; i++) {
      const id = randomBytes(random, 32);
      cache.addSession(new Session({ id, data: randomBytes(random, BYTES), timeout: 300 }));
    }
    const { bytes, memory } = cache.stats();
    assert.ok(bytes > SESSIONS * (32 + BYTES) && memory > bytes, `bytes ${bytes}`);
    const found = perMiB(cache);
    assert.ok(found >= 4300, `${found.toFixed(0)} sessions per MiB`);
  });
}

test.run();
