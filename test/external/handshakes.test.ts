// Real servers that share a store: a session of one resumes at another, and a faulty store costs a
// full handshake at most.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { attachExternal, type External } from '../../bindings/external/index.ts';
import type { ExternalOptions, ExternalStore } from '../../bindings/external/index.ts';
import { SessionCache, SessionCacheMode } from '../../bindings/index.ts';
import type { AttachOptions } from '../../bindings/node/index.ts';
import { assertResumed, connectTls, type Outcome, type Running, withServer } from '../node/harness.ts'; // prettier-ignore
import { type FaultyStore, faultyStore, READ_FAULTS } from './faults.ts';
import { key, nonZero, remote } from './support.ts';
import { until } from '../support/clock.ts';
import { type Version, VERSIONS } from '../support/versions.ts';

const test = suite('attachExternal and attachServer');
const { SERVER, NO_INTERNAL, NO_INTERNAL_STORE } = SessionCacheMode;

interface Site extends Running {
  external: External;
}

interface SiteOptions extends ExternalOptions {
  mode?: number;
  version: Version;
  attach?: AttachOptions;
}

/** A server of a fleet: cache, store, adapter. */
async function withSite(
  store: ExternalStore,
  { mode = SERVER, version, attach, ...options }: SiteOptions,
  use: (site: Site) => Promise<void>,
): Promise<void> {
  const cache = new SessionCache({ mode });
  const external = attachExternal(cache, store, {
    keys: [key(1)],
    deadline: 2000,
    onError: () => {},
    ...options,
  });
  try {
    await withServer(
      {
        cache,
        attach: { namespace: 'fleet', tls13: version === 'TLSv1.3', ...attach },
        tls: { maxVersion: version, minVersion: version },
      },
      (running) => use({ ...running, external }),
    );
    assert.is(external.stats().pending, 0, 'no lookup is left');
  } finally {
    await external.close();
    cache.close();
  }
}

function withSites(
  store: ExternalStore,
  options: SiteOptions,
  use: (a: Site, b: Site) => Promise<void>,
): Promise<void> {
  return withSite(store, options, (a) => withSite(store, options, (b) => use(a, b)));
}

for (const version of VERSIONS) {
  for (const mode of [SERVER, SERVER | NO_INTERNAL_STORE, SERVER | NO_INTERNAL]) {
    test(`${version}, mode ${mode}: a session of one server resumes at another`, async () => {
      await withSites(remote(), { version, mode }, async (a, b) => {
        const first = await a.connect();
        assertResumed(first, false);
        assert.ok(await a.external.flush());
        assertResumed(await b.connect(first.session), true);
        assert.is(b.external.stats().hits, 1);
        const again = await b.connect();
        assertResumed(await b.connect(again.session), true);
      });
    });
  }

  test(`${version}: 60 clients that meet another server each time all resume`, async () => {
    await withSites(remote(), { version }, async (a, b) => {
      for (let client = 0; client < 20; client++) {
        const { sessions } = await [a, b][client % 2]!.connect();
        for (const [i, site] of [b, a].entries()) {
          const session = version === 'TLSv1.3' ? sessions[i] : sessions[0];
          assert.ok(await a.external.flush());
          assert.ok(await b.external.flush());
          assertResumed(await site.connect(session), true);
        }
      }
    });
  });

  for (const [name, answer] of Object.entries(READ_FAULTS)) {
    test(`${version}: a store that ${name} costs a full handshake`, async () => {
      const store = faultyStore();
      const options = { version, deadline: 60, cooldown: 30, failures: 3 };
      await withSites(store, options, async (a, b) => {
        const sessions: Buffer[] = [];
        for (let i = 0; i < 3; i++) sessions.push((await a.connect()).session);
        assert.ok(await a.external.flush());
        store.answer = answer;
        const broken = await Promise.all(sessions.map((session) => b.connect(session)));
        for (const outcome of broken) assertResumed(outcome, false);
        const { misses, hits } = b.external.stats();
        assert.is(hits, 0);
        assert.is(b.attached.stats().misses.late, 0, "the deadline is ours, not the adapter's");
        assert.is(
          Object.values(misses).reduce((sum, n) => sum + n),
          3,
          'each is counted',
        );
        store.answer = undefined;
        await recovers(a, b);
      });
    });
  }

  test(`${version}: sessions removed, of another namespace or key do not resume`, async () => {
    const store = remote();
    await withSite(store, { version }, async (a) => {
      const removed = await a.connect();
      const made = [...a.cache];
      const other = await a.connect();
      assert.ok(await a.external.flush());
      await withSite(store, { version, namespace: 'other' }, async (b) => {
        assertResumed(await b.connect(other.session), false);
        assert.equal(nonZero(b.external.stats().misses), { absent: 1 });
      });
      await withSite(store, { version, keys: [key(2)] }, async (b) => {
        assertResumed(await b.connect(other.session), false);
        assert.equal(nonZero(b.external.stats().misses), { absent: 1 });
      });
      for (const session of made) a.cache.removeSession(session);
      assert.ok(await a.external.flush());
      await withSite(store, { version }, async (b) => {
        assertResumed(await b.connect(removed.session), false);
        assertResumed(await b.connect(other.session), true);
      });
    });
  });
}

/** New sessions resume again, without a restart. */
async function recovers(a: Site, b: Site): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const { session } = await a.connect();
    assert.ok(await a.external.flush());
    const { resumed } = await b.connect(session);
    if (resumed) return;
    assert.ok(attempt < 50, 'sessions resume again');
  }
}

test('clients connect although the store never finishes a write', async () => {
  const store: FaultyStore = faultyStore();
  const options = { version: 'TLSv1.2' as const, writeDeadline: 50, cooldown: 30, failures: 2 };
  await withSites(store, options, async (a, b) => {
    store.write = () => new Promise(() => {});
    const { session } = await a.connect();
    assertResumed(await a.connect(session), true);
    assertResumed(await b.connect(session), false);
    await until(() => a.external.stats().dropped.late > 0, 'the write is given up');
    store.write = undefined;
    await recovers(a, b);
  });
});

test('TLS 1.3: of many servers that are offered one session at once, one resumes it', async () => {
  await withSites(faultyStore(), { version: 'TLSv1.3' }, async (a, b) => {
    for (let round = 0; round < 10; round++) {
      const { session } = await a.connect();
      if (round % 2) assert.ok(await a.external.flush()); // else it may still be under way
      const all: Outcome[] = await Promise.all([
        connectTls(a.port, session),
        connectTls(b.port, session),
        connectTls(a.port, session),
        connectTls(b.port, session),
      ]);
      const resumed = all.filter((outcome) => outcome.resumed).length;
      if (round % 2) assert.is(resumed, 1, `round ${round}`);
      else assert.ok(resumed <= 1, `round ${round}`);
      assertResumed(await a.connect(session), false);
      assertResumed(await b.connect(session), false);
    }
  });
});

test('TLS 1.3: a session that was used elsewhere does not resume where it was made', async () => {
  await withSites(remote(), { version: 'TLSv1.3' }, async (a, b) => {
    const { session } = await a.connect();
    assert.ok(await a.external.flush());
    const before = a.cache.stats().number;
    assertResumed(await b.connect(session), true);
    await until(() => a.cache.stats().number < before, 'its maker hears that it was used');
    assertResumed(await a.connect(session), false);
  });
});

test('TLS 1.3: without the store no session resumes, unless takeLocally is set', async () => {
  for (const takeLocally of [false, true]) {
    const store = faultyStore();
    await withSite(store, { version: 'TLSv1.3', takeLocally }, async (a) => {
      const { session } = await a.connect();
      assert.ok(await a.external.flush());
      store.answer = READ_FAULTS['rejects'];
      assertResumed(await a.connect(session), takeLocally);
      assertResumed(await a.connect(session), false);
      store.answer = undefined;
      assert.ok(await a.external.flush());
      assertResumed(await a.connect(session), !takeLocally);
      assertResumed(await a.connect(session), false);
    });
  }
});

test('TLS 1.3: a store without take shares nothing, and each server has its own', async () => {
  const { take: _, ...store } = remote();
  await withSites(store, { version: 'TLSv1.3' }, async (a, b) => {
    const { sessions } = await a.connect();
    assert.is(a.external.stats().dropped.singleUse, sessions.length);
    assertResumed(await b.connect(sessions[0]), false);
    assertResumed(await a.connect(sessions[0]), true);
    assertResumed(await a.connect(sessions[0]), false);
  });
});

test('TLS 1.3 with reuse: a session resumes any number of times, anywhere', async () => {
  const attach = { reuse: true };
  await withSites(remote(), { version: 'TLSv1.3', attach }, async (a, b) => {
    const { session } = await a.connect();
    assert.ok(await a.external.flush());
    for (const site of [b, a, b]) assertResumed(await site.connect(session), true);
  });
});

test('a session whose connection failed is dropped by the store too', async () => {
  const store = remote();
  await withSites(store, { version: 'TLSv1.2', mode: SERVER | NO_INTERNAL }, async (a, b) => {
    const { session } = await a.connect();
    assert.ok(await a.external.flush());
    const wrong = Buffer.from(session);
    // The master secret follows its tag and length; a client with another one fails.
    const at = wrong.indexOf(Buffer.from([0x04, 0x30]));
    wrong[at + 2]! ^= 1;
    const failure = await b.connect(wrong).then(
      () => undefined,
      (error: unknown) => error,
    );
    assert.instance(failure, Error);
    assert.ok(await b.external.flush());
    assertResumed(await a.connect(session), false);
  });
});

test('detach while a store is being asked lets the handshake go on', async () => {
  const store = faultyStore();
  await withSites(store, { version: 'TLSv1.2' }, async (a, b) => {
    const { session } = await a.connect();
    assert.ok(await a.external.flush());
    store.answer = READ_FAULTS['never answers'];
    const connecting = b.connect(session);
    await until(() => b.external.stats().pending === 1, 'it asks');
    b.external.detach();
    assertResumed(await connecting, false);
    assert.is(b.external.stats().misses.detached, 1);
  });
});

test.run();
