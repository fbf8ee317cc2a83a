// Servers that share a cache, and who may have a session.

import { setTimeout as sleep } from 'node:timers/promises';
import type { TlsOptions } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCertificate } from '../../examples/certificates.js';
import { Session, SessionCache, SessionCacheMode } from '../../bindings/index.ts';
import type { SessionOptions } from '../../bindings/index.ts';
import type { AttachOptions } from '../../bindings/node/index.ts';
import { askForCertificate, assertResumed, CLIENT_NAME, failureOf, type Running, type Version, withServer } from './harness.ts'; // prettier-ignore

const test = suite('attachServer: whose session it is');

const settings: Record<Version, { tls: TlsOptions; attach: AttachOptions }> = {
  'TLSv1.2': { tls: { maxVersion: 'TLSv1.2' }, attach: {} },
  'TLSv1.3': { tls: { maxVersion: 'TLSv1.3' }, attach: { tls13: true } },
};
const member = readCertificate('client');
/** Servers in one process have this context in common, if they name none. */
const sharedContext: TlsOptions = { sessionIdContext: 'the-same' };

/** Two servers with one cache. */
async function withTwo(
  version: Version,
  one: { tls?: TlsOptions; attach?: AttachOptions },
  two: { tls?: TlsOptions; attach?: AttachOptions },
  use: (one: Running, two: Running) => Promise<void>,
): Promise<void> {
  const { tls, attach } = settings[version];
  const cache = new SessionCache();
  const options = (own: typeof one): Parameters<typeof withServer>[0] => ({
    cache,
    tls: { ...tls, ...sharedContext, ...own.tls },
    attach: { ...attach, ...own.attach },
  });
  await withServer(options(one), (first) =>
    withServer(options(two), (second) => use(first, second)),
  );
}

for (const version of Object.keys(settings) as Version[]) {
  test(`${version}: two servers with one cache do not resume each other's sessions`, async () => {
    await withTwo(version, {}, {}, async (one, two) => {
      const { session } = await one.connect();
      assertResumed(await two.connect(session), false);
      assert.is(two.attached.stats().misses.context, 1);
      assertResumed(await one.connect(session), true);
    });
  });

  test(`${version}: they do in one namespace`, async () => {
    const attach = { namespace: 'site' };
    await withTwo(version, { attach }, { attach }, async (one, two) => {
      const { session } = await one.connect();
      const second = await two.connect(session);
      assertResumed(second, true);
      assertResumed(await one.connect(second.session), true);
    });
  });

  test(`${version}: another namespace is another's`, async () => {
    const [a, b] = [{ attach: { namespace: 'a' } }, { attach: { namespace: 'b' } }];
    await withTwo(version, a, b, async (one, two) => {
      const { session } = await one.connect();
      assertResumed(await two.connect(session), false);
    });
  });

  test(`${version}: not even a namespace lets a public session into a server for members`, async () => {
    const attach = { namespace: 'site' };
    const members = { attach, tls: askForCertificate };
    await withTwo(version, { attach }, members, async (open, closed) => {
      const { session } = await open.connect();
      const intruder = await closed.connect(session).catch((error: unknown) => error as Error);
      assert.ok(intruder instanceof Error || intruder.server === undefined, 'it was not let in');
      assert.is(closed.attached.stats().hits, 0);
      const first = await closed.connect(undefined, member);
      const second = await closed.connect(first.session, member);
      assertResumed(second, true);
      assert.is(second.server?.authorized, true);
      assert.is(second.server?.peer, CLIENT_NAME);
      assertResumed(await open.connect(second.session), false); // nor the other way round
    });
  });

  test(`${version}: trust in other client certificates is another context`, async () => {
    const attach = { namespace: 'site' };
    const one = { attach, tls: askForCertificate };
    const two = { attach, tls: { ...askForCertificate, ca: readCertificate('ecdsa').cert } };
    await withTwo(version, one, two, async (mine, other) => {
      const { session } = await mine.connect(undefined, member);
      const outcome = await other
        .connect(session, member)
        .catch((error: unknown) => error as Error);
      assert.ok(outcome instanceof Error || outcome.server === undefined, 'it was not let in');
      assert.is(other.attached.stats().hits, 0);
    });
  });

  test(`${version}: where a certificate is asked for, a session without one never resumes`, async () => {
    const { tls, attach } = settings[version];
    const asking = { ...tls, ...askForCertificate, rejectUnauthorized: false };
    await withServer({ tls: asking, attach }, async ({ connect, attached }) => {
      const first = await connect();
      assert.is(first.server?.authorized, false);
      const second = await connect(first.session);
      assertResumed(second, false);
      assert.is(second.server?.authorized, false, 'Node 20 and 22 would say true');
      assert.ok(attached.stats().notStored.noCertificate >= 2);
      const known = await connect(undefined, member);
      const again = await connect(known.session, member);
      assertResumed(again, true);
      assert.is(again.server?.authorized, true);
    });
  });

  test(`${version}: an untrusted certificate is as untrusted when it comes back`, async () => {
    const { tls, attach } = settings[version];
    const untrusted = readCertificate('ecdsa');
    const asking = { ...tls, ...askForCertificate };
    await withServer({ tls: asking, attach }, async ({ connect, attached }) => {
      const outcome = await connect(undefined, untrusted).catch((error: unknown) => error as Error);
      assert.ok(outcome instanceof Error || outcome.server === undefined, 'it was not let in');
      assert.is(attached.stats().stored, 0);
      assert.ok(attached.stats().notStored.unverified >= 1);
    });
    const tolerant = { ...asking, rejectUnauthorized: false };
    await withServer({ tls: tolerant, attach }, async ({ connect }) => {
      const first = await connect(undefined, untrusted);
      assert.is(first.server?.authorized, false);
      const second = await connect(first.session, untrusted);
      assertResumed(second, true);
      assert.is(second.server?.authorized, false);
    });
  });

  test(`${version}: a server that tolerates untrusted certificates shares with none that does not`, async () => {
    const attach = { namespace: 'site' };
    const lenient = { attach, tls: { ...askForCertificate, rejectUnauthorized: false } };
    const strict = { attach, tls: askForCertificate };
    await withTwo(version, lenient, strict, async (one, two) => {
      const trusted = await one.connect(undefined, member);
      assertResumed(await two.connect(trusted.session, member), false);
      assert.is(two.attached.stats().misses.context, 1);
    });
  });
}

test('TLS 1.3: a session resumes once', async () => {
  await withServer(settings['TLSv1.3'], async ({ connect, attached, cache }) => {
    const { session } = await connect();
    assertResumed(await connect(session), true);
    assertResumed(await connect(session), false);
    assert.is(attached.stats().misses.absent, 1);
    assert.is(cache.stats().removals.removed, 1);
  });
});

test('TLS 1.3: with `reuse` it resumes more than once', async () => {
  const attach = { tls13: true, reuse: true };
  await withServer({ ...settings['TLSv1.3'], attach }, async ({ connect }) => {
    const { session } = await connect();
    for (let i = 0; i < 3; i++) assertResumed(await connect(session), true);
  });
});

test('TLS 1.3: of many that come at once with one session, one resumes', async () => {
  await withServer(settings['TLSv1.3'], async ({ connect, attached }) => {
    const { session } = await connect();
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => connect(session)));
    assert.is(outcomes.filter(({ resumed }) => resumed).length, 1);
    assert.equal(attached.stats().handshakes, { full: 8, resumed: 1, failed: 0 });
  });
});

test('TLS 1.3: nor do more when they wait for a store together, which is told to forget it', async () => {
  for (const mode of [
    SessionCacheMode.SERVER,
    SessionCacheMode.SERVER | SessionCacheMode.NO_INTERNAL,
  ]) {
    const kept = new Map<string, SessionOptions>();
    const hex = (id: Uint8Array): string => Buffer.from(id).toString('hex');
    const cache = new SessionCache({ mode });
    cache.setNewSessionCallback((_connection, session) => {
      const { id, sessionIdContext, protocolVersion } = session;
      const data = session.data.slice();
      kept.set(hex(id), { id, data, sessionIdContext, protocolVersion });
      return false;
    });
    cache.setRemoveSessionCallback((_cache, { id }, cause) => {
      if (cause === 'removed') kept.delete(hex(id));
    });
    cache.setGetSessionCallback(async (_connection, id) => {
      const found = kept.get(hex(id));
      await sleep(50);
      return found && new Session(found);
    });
    await withServer({ ...settings['TLSv1.3'], cache }, async ({ connect, attached }) => {
      const { session } = await connect();
      assert.is(kept.size, 2);
      const outcomes = await Promise.all(Array.from({ length: 8 }, () => connect(session)));
      assert.is(outcomes.filter(({ resumed }) => resumed).length, 1);
      assert.is(attached.stats().handshakes.failed, 0);
      assertResumed(await connect(session), false);
    });
  }
});

test('a certificate is still demanded from a client with a forged session id', async () => {
  const { tls } = settings['TLSv1.2'];
  await withServer({ tls: { ...tls, ...askForCertificate } }, async ({ connect }) => {
    assert.match(String(await failureOf(connect())), /handshake failure/);
  });
});

test.run();
