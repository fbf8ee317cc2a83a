// What the channels of node:diagnostics_channel say of connections, and that nothing secret is in
// it.

import { spawnSync } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ClientSessionCache, connect as connectClient } from '../../bindings/client/index.ts';
import { attachExternal, memoryStore } from '../../bindings/external/index.ts';
import { SessionCache } from '../../bindings/index.ts';
import {
  areConnectionsTraced,
  areSessionsTraced,
  areStoresTraced,
} from '../../bindings/telemetry/channels.ts';
import { readCertificate } from '../../examples/certificates.js';
import { key, remote } from '../external/support.ts';
import { failureOf, type Kind, withServer } from '../node/harness.ts';
import { type Heard, listening } from './listen.ts';
import { until } from '../support/clock.ts';
import { VERSIONS } from '../support/versions.ts';

const test = suite('sesscache:* channels');

const KINDS: readonly Kind[] = ['tls', 'https', 'http2'];

/** The nth handshake that is told. */
async function nth(heard: Heard, count: number): Promise<Heard['handshakes'][number]> {
  await until(() => heard.handshakes.length >= count, `${count} handshakes`);
  return heard.handshakes[count - 1]!;
}

for (const version of VERSIONS) {
  for (const kind of KINDS) {
    test(`${kind} ${version}: a full handshake, then one that resumes`, async () => {
      const options = {
        kind,
        attach: { tls13: version === 'TLSv1.3' },
        tls: { minVersion: version, maxVersion: version },
      };
      await listening(async (heard) => {
        await withServer(options, async ({ connect, server, cache }) => {
          const { session } = await connect(undefined, { maxVersion: version });
          await sleep(1100); // the age is in whole seconds
          assert.ok((await connect(session)).resumed);
          await until(() => heard.handshakes.length === 2, 'two handshakes');
          const [first, second] = heard.handshakes;
          assert.is(first!.outcome, 'full');
          assert.is(first!.reason, version === 'TLSv1.3' ? 'noPsk' : 'notOffered');
          assert.is(first!.protocol, version);
          assert.is(first!.stored, version === 'TLSv1.3' ? 2 : 1);
          assert.equal(first!.refused, []);
          assert.is(second!.outcome, 'resumed');
          assert.is(second!.reason, undefined);
          assert.is(second!.source, 'cache');
          assert.ok(second!.age! >= 1 && second!.age! <= 3, `${second!.age} s`);
          for (const each of [first!, second!]) {
            assert.is(each.role, 'server');
            assert.is(each.server, server);
            assert.ok(each.duration > 0 && each.duration < 5000);
            assert.ok(each.lookup <= each.duration);
          }
          const hits = heard.lookups.filter(({ outcome }) => outcome === 'hit');
          assert.is(hits.length, 1);
          assert.is(hits[0]!.cache, cache);
          const stored = heard.sessions.filter(({ action }) => action === 'stored');
          assert.is(stored.length, version === 'TLSv1.3' ? 3 : 1);
        });
      });
    });
  }
}

test('a connection that began without a subscriber publishes nothing, even if one subscribes before it ends', async () => {
  await withServer({}, async ({ connect }) => {
    await connect();
  });
  await listening(async (heard) => {
    await withServer({}, async () => {});
    assert.equal(heard.handshakes, []);
  });
});

test('a client that gives up in its handshake is told as failed, once', async () => {
  await listening(async (heard) => {
    await withServer({ tls: { minVersion: 'TLSv1.3' } }, async ({ connect, attached }) => {
      await failureOf(connect(undefined, { maxVersion: 'TLSv1.2' }));
      await until(() => attached.stats().handshakes.failed === 1, 'the failure');
      await sleep(10);
      assert.is(heard.handshakes.length, 1);
      assert.is(heard.handshakes[0]!.outcome, 'failed');
      assert.match(heard.handshakes[0]!.error!, /^ERR_SSL_/);
      assert.is(heard.handshakes[0]!.protocol, undefined);
    });
  });
});

test('a store that is asked, and its breaker', async () => {
  const store = memoryStore();
  let isDown = false;
  const flaky = {
    ...remote(store),
    get: async (name: string): Promise<Uint8Array | null | undefined> => {
      if (isDown) throw new Error('down');
      return store.get(name);
    },
  };
  const cache = new SessionCache();
  const external = attachExternal(cache, flaky, {
    keys: [key(1)],
    failures: 1,
    cooldown: 1500,
    absentFor: 0,
    onError: () => {},
  });
  const options = {
    cache,
    attach: { namespace: 'test' },
    tls: { maxVersion: 'TLSv1.2' as const },
  };
  await listening(async (heard) => {
    await withServer(options, async ({ connect }) => {
      const { session } = await connect(); // its id is made up: a client of TLS 1.3 has to have one
      await external.flush();
      cache.flushSessions(0);
      assert.ok((await connect(session)).resumed);
      assert.is((await nth(heard, 2)).source, 'store');
      cache.flushSessions(0);
      isDown = true;
      assert.not.ok((await connect(session)).resumed);
      assert.is((await nth(heard, 3)).reason, 'absent');
      assert.is((await nth(heard, 3)).store, 'failed');
      assert.not.ok((await connect(session)).resumed);
      assert.is((await nth(heard, 4)).store, 'breaker');
      isDown = false;
      await sleep(1550);
      assert.ok((await connect(session)).resumed);
      assert.equal(
        heard.breakers.map(({ breaker, previous, state }) => `${breaker} ${previous} ${state}`),
        ['read closed open', 'read open probing', 'read probing closed'],
      );
      assert.equal(
        heard.stores
          .filter(({ operation }) => operation === 'get')
          .map(({ outcome, cause }) => `${outcome} ${cause}`),
        ['miss absent', 'hit undefined', 'miss failed', 'miss breaker', 'hit undefined'],
      );
      const written = heard.stores.find(({ operation }) => operation === 'set');
      assert.is(written!.outcome, 'written');
      assert.ok(written!.duration! >= 0);
      assert.is(heard.stores.find(({ cause }) => cause === 'breaker')!.duration, undefined);
    });
  });
  external.detach();
  cache.close();
});

test('what the adapter removes is told: revoked, and of a connection that failed', async () => {
  await listening(async (heard) => {
    await withServer(
      { attach: { tags: () => ['user'] }, tls: { maxVersion: 'TLSv1.2' } },
      async ({ connect, attached }) => {
        await connect();
        attached.revoke({ tag: 'user' });
        const removed = heard.sessions.filter(({ action }) => action === 'removed');
        assert.equal(
          removed.map(({ cause, count }) => ({ cause, count })),
          [{ cause: 'revoked', count: 1 }],
        );
      },
    );
  });
});

test('a cache that is too small says what it evicts', async () => {
  const cache = new SessionCache({ size: 1 });
  await listening(async (heard) => {
    await withServer({ cache, tls: { maxVersion: 'TLSv1.2' } }, async ({ connect }) => {
      const { session } = await connect();
      await connect();
      assert.not.ok((await connect(session)).resumed);
      const evicted = heard.sessions.filter(({ cause }) => cause === 'evicted');
      assert.is(evicted.length, 2);
      const miss = heard.lookups.at(-1)!;
      assert.is(miss.cause, 'absent');
      assert.is(miss.evicted, 1);
    });
  });
  cache.close();
});

for (const version of VERSIONS) {
  test(`a client, ${version}: absent, resumed with its age, declined`, async () => {
    const sessions = new ClientSessionCache();
    const options = {
      attach: { tls13: version === 'TLSv1.3' },
      tls: { minVersion: version, maxVersion: version },
    };
    const ask = (port: number): Promise<void> =>
      new Promise((resolve, reject) => {
        connectClient({
          port,
          host: '127.0.0.1',
          servername: 'localhost',
          ca: readCertificate('rsa').cert,
          sessions,
        })
          .on('error', reject)
          .on('close', () => resolve())
          .resume();
      });
    await listening(async (heard) => {
      await withServer(options, async ({ port, cache }) => {
        await ask(port);
        await ask(port);
        cache.flushSessions(0);
        await ask(port);
      });
      await sleep(10);
      const own = heard.handshakes.filter(({ role }) => role === 'client');
      assert.equal(
        own.map(({ outcome, reason, protocol }) => ({ outcome, reason, protocol })),
        [
          { outcome: 'full', reason: 'absent', protocol: version },
          { outcome: 'resumed', reason: undefined, protocol: version },
          { outcome: 'full', reason: 'declined', protocol: version },
        ],
      );
      assert.type(own[1]!.age, 'number');
      assert.ok(own[1]!.age! < 5);
      const kept = heard.sessions.filter(({ role }) => role === 'client');
      assert.ok(kept.some(({ action }) => action === 'stored'));
    });
    sessions.close();
  });
}

test('nothing secret is in any message', async () => {
  const sessions: Buffer[] = [];
  const shown = (heard: Heard): string =>
    Object.values(heard)
      .flat()
      .map((message: object) => {
        const rest = { ...message, socket: undefined, server: undefined, cache: undefined };
        return inspect(rest, { depth: Infinity, getters: true });
      })
      .join('\n');
  await listening(async (heard) => {
    await withServer({ attach: { tls13: true } }, async ({ connect }) => {
      const outcome = await connect();
      sessions.push(...outcome.sessions);
      await connect(outcome.session);
    });
    await nth(heard, 2);
    const text = shown(heard).replaceAll(/\d+\.\d+/g, 'ms');
    assert.ok(heard.handshakes.length === 2);
    assert.not.match(text, /<Buffer|Uint8Array|ArrayBuffer|[0-9a-f]{16}/i);
  });
  assert.ok(sessions.length > 0);
});

test('a subscriber that throws reaches no handshake', async () => {
  const broken = (): never => {
    throw new Error('a listener failed');
  };
  const uncaught: unknown[] = [];
  const note = (error: unknown): unknown => uncaught.push(error);
  const before = process.rawListeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', note);
  const names = ['handshake', 'lookup', 'session'].map((name) => `sesscache:${name}`);
  for (const name of names) subscribe(name, broken);
  try {
    await withServer({ attach: { tls13: true } }, async ({ connect }) => {
      const { session } = await connect();
      assert.is((await connect(session)).resumed, true);
    });
  } finally {
    for (const name of names) unsubscribe(name, broken);
    process.off('uncaughtException', note);
    for (const listener of before) process.on('uncaughtException', listener as () => void);
  }
  assert.ok(uncaught.length > 0, 'Node reports it, as with every channel');
});

test('NODE_DEBUG=sesscache prints one line for a connection, without ids', () => {
  const { stderr, status } = spawnSync(
    process.execPath,
    ['--no-warnings', '--import', 'tsx', join(import.meta.dirname, 'two-connections.ts')],
    { env: { ...process.env, NODE_DEBUG: 'sesscache' }, encoding: 'utf8', timeout: 60_000 },
  );
  assert.is(status, 0, stderr);
  const lines = stderr.split('\n').filter((line) => line.startsWith('SESSCACHE'));
  assert.is(lines.length, 2, stderr);
  assert.match(
    lines[0]!,
    /^SESSCACHE \d+: server TLSv1\.3 full: no session offered \(noPsk\); stored 2, refused none; \d+\.\d ms$/,
  );
  assert.match(
    lines[1]!,
    /^SESSCACHE \d+: server TLSv1\.3 resumed: found in cache, \d s old; stored 1, refused none; \d+\.\d ms$/,
  );
  assert.not.match(stderr, /[0-9a-f]{16}/i);
});

test('with no listener, what a handshake asks costs less than a microsecond', () => {
  const rounds = Array.from({ length: 7 }, () => {
    let asked = 0;
    const start = performance.now();
    for (let i = 0; i < 20_000; i++) {
      if (areConnectionsTraced() || areStoresTraced()) asked++;
      if (areSessionsTraced() || areSessionsTraced() || areSessionsTraced()) asked++;
    }
    assert.is(asked, 0);
    return ((performance.now() - start) * 1e6) / 20_000;
  });
  assert.ok(Math.min(...rounds) < 1000, `${Math.min(...rounds)} ns`);
});

test.run();
