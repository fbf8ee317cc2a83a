import { randomBytes } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Session } from '../../bindings/index.ts';
import type { SessionCache } from '../../bindings/index.ts';
import { assertResumed, CONTEXT } from '../node/harness.ts';
import { withServer } from './harness.ts';

const test = suite('spoilt bytes in a SessionCache');

/** Replaces the bytes of `session` in `cache` by `data`. */
function spoil(cache: SessionCache, session: Session, data: Uint8Array): void {
  const { id, protocolVersion, time, timeout } = session;
  const sessionIdContext = Buffer.from(CONTEXT);
  const spoilt = new Session({ id, data, protocolVersion, time, timeout, sessionIdContext });
  assert.is(cache.addSession(spoilt), true);
  assert.equal(Buffer.from(cache.resumeSession(id)?.data ?? []), Buffer.from(data));
}

const damages: Record<string, (data: Buffer) => Buffer> = {
  'no bytes': () => Buffer.alloc(0),
  'the first half': (data) => data.subarray(0, data.length / 2),
  'random bytes': (data) => randomBytes(data.length),
  'zero bytes': (data) => Buffer.alloc(data.length),
  '16 KiB of random bytes': () => randomBytes(16_384),
};

for (const [name, damage] of Object.entries(damages)) {
  test(`${name}: a full handshake, and the next session resumes`, async () => {
    await withServer({}, async ({ cache, connect }) => {
      const { session } = await connect();
      const [cached] = cache;
      assert.ok(cached);
      spoil(cache, cached, damage(Buffer.from(cached.data)));
      const renewed = await connect(session);
      assertResumed(renewed, false);
      assertResumed(await connect(renewed.session), true);
    });
  });
}

test("another client's session under the id: that connection fails, the server goes on", async () => {
  await withServer({}, async ({ cache, connect }) => {
    const mine = await connect();
    const [cached] = cache;
    assert.ok(cached);
    await connect();
    const [, other] = cache;
    assert.ok(other);
    spoil(cache, cached, Buffer.from(other.data));
    let failure: unknown;
    await connect(mine.session).catch((error: unknown) => (failure = error));
    assert.instance(failure, Error, 'without the master secret of `other` no handshake ends well');
    const renewed = await connect();
    assertResumed(await connect(renewed.session), true);
  });
});

test.run();
