// Node's callbacks may be answered late, never, with rubbish or by code that throws: the client
// always gets its connection.

import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Session, SessionCache } from '../../bindings/index.ts';
import { decodeSession, encodeSession, peekSession } from '../../bindings/asn1/index.ts';
import type { AttachOptions } from '../../bindings/node/index.ts';
import { assertResumed, CONTEXT, failureOf, type Version, withServer } from './harness.ts';
import { hexOf } from '../support/bytes.ts';

const test = suite('attachServer: trouble means a full handshake');

type Kept = ConstructorParameters<typeof Session>[0];

const settings: Record<Version, { tls: { maxVersion: Version }; attach: AttachOptions }> = {
  'TLSv1.2': { tls: { maxVersion: 'TLSv1.2' }, attach: {} },
  'TLSv1.3': { tls: { maxVersion: 'TLSv1.3' }, attach: { tls13: true } },
};

/** Replaces the bytes of all sessions in `cache`. */
function spoil(cache: SessionCache, change: (data: Buffer, session: Session) => Uint8Array): void {
  const all = [...cache]; // adding while iterating would come by again
  for (const session of all) {
    const { id, protocolVersion, sessionIdContext, time, timeout } = session;
    const data = change(Buffer.from(session.data), session);
    cache.addSession(new Session({ id, data, protocolVersion, sessionIdContext, time, timeout }));
  }
}

/** A cache whose sessions live elsewhere, and are looked up there by `get`. */
function outside(
  get: (id: Uint8Array, kept: Map<string, Kept>) => ReturnType<NonNullable<ReturnType<SessionCache['getGetSessionCallback']>>>, // prettier-ignore
): { cache: SessionCache; kept: Map<string, Kept> } {
  const kept = new Map<string, Kept>();
  const cache = new SessionCache();
  cache.setNewSessionCallback((_connection, session) => {
    const { id, data, sessionIdContext, protocolVersion, time, timeout } = session;
    kept.set(hexOf(id), {
      id,
      data: data.slice(),
      sessionIdContext,
      protocolVersion,
      time,
      timeout,
    });
    return false; // not here as well
  });
  cache.setGetSessionCallback((_connection, id) => get(id, kept));
  return { cache, kept };
}

const found = (id: Uint8Array, kept: Map<string, Kept>): Session | undefined => {
  const session = kept.get(hexOf(id));
  return session && new Session(session);
};

const damages: Record<string, (data: Buffer) => Uint8Array> = {
  'no bytes': () => Buffer.alloc(0),
  'the first half': (data) => data.subarray(0, data.length >> 1),
  'all but the last byte': (data) => data.subarray(0, -1),
  'one byte too many': (data) => Buffer.concat([data, Buffer.alloc(1)]),
  'random bytes': (data) => randomBytes(data.length),
  'zero bytes': (data) => Buffer.alloc(data.length),
  '16 KiB of random bytes': () => randomBytes(16_384),
  'the id of another session': (data) => changed(data, { id: randomBytes(32) }),
  'the context of another server': (data) =>
    changed(data, { sessionIdContext: Buffer.from('another') }),
  'another version': (data) =>
    changed(data, { protocolVersion: data.includes(Buffer.from([2, 2, 3, 3])) ? 0x0304 : 0x0303 }),
  'a session that has expired': (data) => changed(data, { time: 1_000_000_000 }),
};

function changed(data: Buffer, fields: Partial<ReturnType<typeof decodeSession>>): Uint8Array {
  const session = decodeSession(data, { secrets: true });
  return encodeSession({ ...session, ...fields } as Parameters<typeof encodeSession>[0]);
}

for (const version of Object.keys(settings) as Version[]) {
  const { tls, attach } = settings[version];

  for (const [name, damage] of Object.entries(damages)) {
    test(`${version}: ${name}`, async () => {
      await withServer({ tls, attach }, async ({ cache, connect, attached }) => {
        const { session } = await connect();
        spoil(cache, damage);
        const number = [...cache].length;
        const renewed = await connect(session);
        assertResumed(renewed, false);
        assert.is(attached.stats().hits, 0, 'Node never saw it');
        assert.is(cache.stats().removals.removed, 1, 'it is gone');
        assert.ok(number > 0);
        assertResumed(await connect(renewed.session), true);
      });
    });
  }

  test(`${version}: the bytes of another live session`, async () => {
    await withServer({ tls, attach }, async ({ cache, connect }) => {
      const mine = await connect();
      await connect();
      const all = [...cache].map((session) => Buffer.from(session.data));
      spoil(cache, (data) => all.find((other) => !other.equals(data)) as Buffer);
      const renewed = await connect(mine.session);
      assertResumed(renewed, false);
      assertResumed(await connect(renewed.session), true);
    });
  });

  test(`${version}: a wrong master key breaks one connection, and the session is dropped`, async () => {
    const reuse = { ...attach, reuse: true };
    await withServer({ tls, attach: reuse }, async ({ cache, connect, attached }) => {
      const { session } = await connect();
      spoil(cache, (data) => {
        const key = decodeSession(data, { secrets: true }).secrets?.masterKey as Uint8Array;
        const at = data.indexOf(key);
        data[at] = (data[at] as number) ^ 1;
        return data;
      });
      const before = cache.stats().number;
      await failureOf(connect(session));
      while (attached.stats().handshakes.failed === 0) await sleep(5);
      assert.is(attached.stats().dropped, 1);
      assert.is(cache.stats().number, before - 1);
      assert.is(cache.stats().removals.aborted, 1);
      assertResumed(await connect(session), false); // and from now on all is well
    });
  });

  test(`${version}: a store that takes 300 ms`, async () => {
    const { cache } = outside(async (id, kept) => {
      await sleep(300);
      return found(id, kept);
    });
    await withServer({ tls, attach, cache }, async ({ connect, attached }) => {
      const { session } = await connect();
      assertResumed(await connect(session), true);
      assert.is(attached.stats().hits, 1);
      assert.is(attached.stats().misses.late, 0);
    });
  });

  test(`${version}: a store that never answers`, async () => {
    const { cache } = outside(() => new Promise(() => {}));
    const limited = { ...attach, lookupTimeout: 100 };
    await withServer({ tls, attach: limited, cache }, async ({ connect, attached }) => {
      const { session } = await connect();
      const late = attached.stats().misses.late;
      const start = Date.now();
      assertResumed(await connect(session), false);
      assert.ok(Date.now() - start >= 95, 'it was waited for');
      assert.ok(Date.now() - start < 1000, 'and not for long');
      assert.is(attached.stats().misses.late, late + 1);
    });
  });

  test(`${version}: a store that answers after the deadline: one answer, a full handshake`, async () => {
    const { cache } = outside(async (id, kept) => {
      await sleep(150);
      return found(id, kept);
    });
    const limited = { ...attach, lookupTimeout: 50 };
    await withServer({ tls, attach: limited, cache }, async ({ connect, attached }) => {
      const { session } = await connect();
      assertResumed(await connect(session), false);
      await sleep(200); // the answers come now
      assertResumed(await connect(), false);
      assert.is(attached.stats().handshakes.failed, 0);
    });
  });

  test(`${version}: a client that leaves while the store takes its time`, async () => {
    const { cache } = outside(async (id, kept) => {
      await sleep(100);
      return found(id, kept);
    });
    await withServer({ tls, attach, cache }, async ({ connect, attached }) => {
      const { session } = await connect();
      const leaving = connect(session, { signal: AbortSignal.timeout(30) } as object);
      await leaving.catch(() => {});
      while (attached.stats().pending.lookups > 0) await sleep(10);
      const next = await connect();
      assertResumed(next, false);
      assertResumed(await connect(next.session), true);
    });
  });

  const failures: Record<string, () => never | Promise<never>> = {
    throws: () => {
      throw new Error('the store is down');
    },
    rejects: () => Promise.reject(new Error('the store is down')),
  };
  for (const [how, fail] of Object.entries(failures)) {
    test(`${version}: a get callback that ${how}`, async () => {
      const { cache } = outside(fail);
      const messages: unknown[] = [];
      const onError = (error: unknown): unknown => messages.push(String(error));
      const errors = version === 'TLSv1.2' ? 2 : 1; // TLS 1.2 asks for the first, random id too
      await withServer({ tls, attach: { ...attach, onError }, cache, errors }, async (running) => {
        const { session } = await running.connect();
        assertResumed(await running.connect(session), false);
        assert.is(running.attached.stats().misses.error, errors);
        assert.match(String(messages[0]), /the store is down/);
      });
    });
  }

  test(`${version}: new and remove callbacks that throw, and an onError that throws`, async () => {
    const cache = new SessionCache({ size: 1 });
    const fail = (): never => {
      throw new Error('no');
    };
    cache.setNewSessionCallback(fail);
    cache.setRemoveSessionCallback(fail);
    const errors = version === 'TLSv1.2' ? 2 : 7;
    await withServer(
      { tls, attach: { ...attach, onError: fail }, cache, errors },
      async (running) => {
        const { session } = await running.connect();
        const again = await running.connect(session);
        assert.ok(again.server);
        assert.ok((await running.connect()).server);
        assert.is(running.attached.stats().handshakes.failed, 0);
      },
    );
  });

  test(`${version}: a cache that is closed under it`, async () => {
    const cache = new SessionCache();
    const errors = version === 'TLSv1.2' ? 4 : 5;
    await withServer({ tls, attach, cache, errors }, async ({ connect, attached }) => {
      const { session } = await connect();
      cache.close();
      assertResumed(await connect(session), false);
      assert.is(attached.stats().handshakes.failed, 0);
    });
  });

  test(`${version}: a cache without the SERVER bit keeps nothing`, async () => {
    const cache = new SessionCache({ mode: 0 });
    await withServer({ tls, attach, cache }, async ({ connect, attached }) => {
      const { session } = await connect();
      assertResumed(await connect(session), false);
      const { stored, skipped, notStored } = attached.stats();
      assert.is(stored, 0);
      assert.ok(skipped.cacheOff >= 1);
      assert.ok(notStored.cacheOff >= 1);
    });
  });

  test(`${version}: an expired session, by the cache's own timeout`, async () => {
    const cache = new SessionCache({ timeout: 1 });
    await withServer({ tls, attach, cache }, async ({ connect, attached }) => {
      const { session } = await connect();
      await sleep(2100);
      assertResumed(await connect(session), false);
      assert.is(attached.stats().misses.expired, 1);
    });
  });

  test(`${version}: an expired session, by the server's sessionTimeout`, async () => {
    const short = { ...tls, sessionTimeout: 1 };
    await withServer({ tls: short, attach }, async ({ connect, attached }) => {
      const { session } = await connect();
      // In the second second after it: later the client knows by itself, and does not offer it.
      const made = Number(peekSession(session).time);
      await sleep((made + 2) * 1000 + 100 - Date.now());
      assertResumed(await connect(session), false);
      assert.is(attached.stats().misses.expired, 1);
    });
  });

  test(`${version}: a server whose context changes leaves its old sessions alone`, async () => {
    await withServer({ tls, attach }, async ({ server, connect, attached }) => {
      const { session } = await connect();
      const { makeSecure } = await import('./secure.ts');
      server.setSecureContext(makeSecure({ ...tls, sessionIdContext: `${CONTEXT}-2` }));
      const renewed = await connect(session);
      assertResumed(renewed, false);
      assert.is(attached.stats().misses.context, 1);
      assertResumed(await connect(renewed.session), true);
    });
  });
}

test.run();
