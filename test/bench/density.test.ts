import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Session, SessionCache } from '../../bindings/index.ts';
import { randomBytes, seededRandom } from '../support/random.ts';

const test = suite('density');

const SESSIONS = 200_000;
/** i2d_SSL_SESSION of TLS 1.2 with a 32-byte id, without a certificate or a server name. */
const BYTES = 158;
const LEAST_PER_MIB = 4300;

// Counted is every page of Wasm memory that has ever been handed out: sessions with their ids, the
// index, the order, the header, free blocks and what is lost between blocks. Not counted are pages
// asked of the host ahead and never touched (`reserved`), and what one cache costs once outside of
// that memory: no JavaScript object belongs to a session.
for (const [title, size] of [
  ['a full cache', SESSIONS],
  ['a cache without a limit', 0],
] as const) {
  test(`${title} holds at least 4,300 TLS 1.2 sessions per MiB`, () => {
    const cache = new SessionCache({ size });
    const random = seededRandom(158);
    const data = randomBytes(random, BYTES);
    const id = new Uint8Array(32);
    const words = new Uint32Array(id.buffer);
    for (let i = 0; i < SESSIONS; i++) {
      words.set([i, random(2 ** 32), random(2 ** 32)]);
      cache.addSession(new Session({ id, data, timeout: 300 }));
    }
    const { number, bytes, memory, reserved } = cache.stats();
    assert.is(number, SESSIONS);
    assert.is.not(cache.resumeSession(id), undefined);
    assert.ok(bytes > SESSIONS * (32 + BYTES), `bytes ${bytes}`);
    assert.ok(memory > bytes && memory <= reserved, `memory ${memory}, reserved ${reserved}`);
    const perMiB = number / (memory / 2 ** 20);
    assert.ok(perMiB >= LEAST_PER_MIB, `${perMiB.toFixed(0)} sessions per MiB`);
  });
}

test.run();
