// A server's settings change while handshakes are under way: what was begun under the old ones must
// not resume under the new ones.

import { constants } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectClient, createSecureContext } from 'node:tls';
import type { ConnectionOptions, SecureContext, Server, TlsOptions } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCertificate } from '../../examples/certificates.js';
import { type Session, SessionCache } from '../../bindings/index.ts';
import { assertResumed, connectTls, CONTEXT, untilLookedUp, type Version, withServer } from './harness.ts'; // prettier-ignore
import { withGate } from './wire.ts';
import { VERSIONS } from '../support/versions.ts';

const test = suite('attachServer: settings that change during handshakes');

const member = readCertificate('client');
const stranger = readCertificate('ecdsa');
const base = {
  ...readCertificate('rsa'),
  secureOptions: constants.SSL_OP_NO_TICKET,
  sessionIdContext: CONTEXT,
};

/** Everybody is let in, so that `authorized` can be seen; `member` is known. */
function optionsFor(version: Version): TlsOptions {
  return {
    minVersion: version,
    maxVersion: version,
    requestCert: true,
    rejectUnauthorized: false,
    ca: member.cert,
  };
}

const changes: [string, (server: Server, version: Version) => void][] = [
  [
    'setSecureContext',
    (server, version) =>
      server.setSecureContext({ ...base, ...optionsFor(version), ca: stranger.cert }),
  ],
  [
    'addContext for its name',
    (server) => server.addContext('localhost', { ...base, ca: stranger.cert }),
  ],
  [
    'requestCert',
    (server) => {
      (server as { requestCert?: boolean }).requestCert = false;
    },
  ],
  [
    'rejectUnauthorized',
    (server) => {
      (server as { rejectUnauthorized?: boolean }).rejectUnauthorized = true;
    },
  ],
  [
    'another of its contexts for names',
    (server) => {
      const pairs = (server as unknown as { _contexts: [RegExp, object][] })._contexts; // oxlint-disable-line no-underscore-dangle
      pairs[0]![1] = createSecureContext({ ...base, ca: stranger.cert }).context as object;
    },
  ],
];

for (const version of VERSIONS) {
  const tls = optionsFor(version);
  const attach = { tls13: version === 'TLSv1.3' };
  const prepare = (server: Server): void => server.addContext('other.test', { ...base });

  for (const [name, change] of changes) {
    test(`${version}: ${name} during a full handshake`, async () => {
      await withServer({ tls, attach, prepare }, async ({ server, port, attached, cache }) => {
        await withGate(port, async (gate, open) => {
          const held = connectTls(gate, undefined, member);
          await untilLookedUp(attached);
          change(server, version);
          open();
          const { server: seen } = await held;
          assert.is(seen?.authorized, true, 'its handshake runs under the old settings');
        });
        await sleep(20);
        const { stored, notStored } = attached.stats();
        assert.is(stored, 0);
        assert.ok(notStored.policy > 0, JSON.stringify(notStored));
        assert.is(cache.stats().number, 0);
      });
    });

    test(`${version}: ${name} while a lookup waits for a store`, async () => {
      const cache = new SessionCache({ mode: 0x0102 }); // looks nothing up inside
      const kept = new Map<string, Session>();
      cache.setNewSessionCallback((_connection, session) => {
        kept.set(Buffer.from(session.id).toString('hex'), session.dup());
      });
      let asked = (): void => {};
      let go = (): void => {};
      cache.setGetSessionCallback(async (_connection, id) => {
        asked();
        await new Promise<void>((resolve) => (go = resolve));
        return kept.get(Buffer.from(id).toString('hex'));
      });
      await withServer({ tls, attach, prepare, cache }, async ({ server, connect, attached }) => {
        const { session } = await connect(undefined, member);
        const second = connect(session, member).catch((error: unknown) => error as Error);
        await new Promise<void>((resolve) => (asked = resolve));
        change(server, version);
        go();
        const outcome = await second;
        if (!(outcome instanceof Error)) assertResumed(outcome, false);
        const { misses, hits } = attached.stats();
        assert.is(misses.policy, 1, JSON.stringify(misses));
        assert.is(hits, 0);
      });
    });
  }

  test(`${version}: a change before the lookup of a connection that was accepted`, async () => {
    let asked = (): void => {};
    let answer: Promise<void> | undefined;
    const SNICallback: TlsOptions['SNICallback'] = (_name, done) => {
      asked();
      void Promise.resolve(answer).then(() => done(null, undefined));
    };
    await withServer({ tls: { ...tls, SNICallback }, attach }, async (running) => {
      const { server, connect, attached } = running;
      const { session } = await connect(undefined, member);
      let go = (): void => {};
      answer = new Promise((resolve) => (go = resolve));
      const asking = new Promise<void>((resolve) => (asked = resolve));
      const second = connect(session, member);
      await asking;
      server.setSecureContext({ ...base, ...tls, ca: stranger.cert });
      go();
      assertResumed(await second, false);
      assert.is(attached.stats().misses.policy, 1);
      assertResumed(await connect(session, member), false);
    });
  });
}

test('TLSv1.2: a renegotiation leaves no session', async () => {
  const tls = optionsFor('TLSv1.2');
  await withServer({ tls, kind: 'https' }, async ({ server, port, attached, connect }) => {
    for (const change of [undefined, changes[0]![1]]) {
      const client = connectClient({
        ...member,
        host: '127.0.0.1',
        port,
        servername: 'localhost',
        ca: base.cert,
        maxVersion: 'TLSv1.2',
      });
      const sessions: Buffer[] = [];
      client.on('session', (session: Buffer) => sessions.push(session));
      await once(client, 'secureConnect');
      client.resume();
      change?.(server, 'TLSv1.2');
      await new Promise<void>((resolve, reject) => {
        client.renegotiate({}, (error) => (error ? reject(error) : resolve()));
      });
      await sleep(20);
      assert.is(sessions.length, 2, 'it was given another session');
      client.destroy();
      assertResumed(await connect(sessions[1], member), false);
    }
    assert.is(attached.stats().notStored.renegotiated, 2);
  });
});

for (const version of VERSIONS) {
  const attach = { tls13: version === 'TLSv1.3' };
  const trusting = createSecureContext({ ...base, ca: member.cert });
  const other = createSecureContext({ ...base, ca: stranger.cert });

  test(`${version}: an SNICallback whose contexts change the authorities they trust`, async () => {
    let chosen: SecureContext | undefined = trusting;
    let calls = 0;
    const seen: string[] = [];
    const SNICallback: TlsOptions['SNICallback'] = (name, done) => {
      calls++;
      seen.push(name);
      if (calls % 2) setImmediate(() => done(null, chosen));
      else done(null, chosen);
    };
    const tls = { ...optionsFor(version), ca: stranger.cert, SNICallback };
    const client: ConnectionOptions = { ...member, servername: 'localhost' };
    await withServer({ tls, attach }, async ({ connect, attached }) => {
      const first = await connect(undefined, client);
      assert.is(first.server?.authorized, true);
      const second = await connect(first.session, client);
      assertResumed(second, true);
      assert.is(second.server?.authorized, true);
      chosen = other;
      const third = await connect(second.session, client);
      assertResumed(third, false);
      assert.is(third.server?.authorized, false);
      assert.is(attached.stats().misses.context, 1);
      const fourth = await connect(third.session, client);
      assertResumed(fourth, true);
      assert.is(fourth.server?.authorized, false);
      chosen = undefined; // the server's own, which trusts the other too, but is another one
      assertResumed(await connect(fourth.session, client), false);
      assert.is(calls, 5, 'asked once in each connection');
      assert.equal([...new Set(seen)], ['localhost']);
      // Without a name it is not asked.
      await connect(undefined, { ...client, servername: '' });
      assert.is(calls, 5);
    });
  });

  test(`${version}: an SNICallback that fails, late or at once`, async () => {
    for (const late of [false, true]) {
      let fails = false;
      const SNICallback: TlsOptions['SNICallback'] = (_name, done) => {
        const error = fails ? new Error('no such name') : null;
        if (late) setImmediate(() => done(error, trusting));
        else if (error) throw error;
        else done(error, trusting);
      };
      const tls = { ...optionsFor(version), SNICallback };
      await withServer({ tls, attach }, async ({ connect, attached }) => {
        const { session } = await connect(undefined, member);
        assertResumed(await connect(session, member), true);
        fails = true;
        const outcome = await connect(session, member).catch((error: unknown) => error as Error);
        assert.instance(outcome, Error, 'as where no session is offered');
        assert.is(attached.stats().errors, 0);
      });
    }
  });

  test(`${version}: an SNICallback that answers twice fails the connection, as on stock Node`, async () => {
    for (const late of [false, true]) {
      let answers = 1;
      const SNICallback: TlsOptions['SNICallback'] = (_name, done) => {
        const answer = (): void => {
          for (let i = 0; i < answers; i++) done(null, trusting);
        };
        if (late) setImmediate(answer);
        else answer();
      };
      const tls = { ...optionsFor(version), SNICallback };
      await withServer({ tls, attach }, async ({ connect, server }) => {
        const codes: unknown[] = [];
        server.on('tlsClientError', (error: NodeJS.ErrnoException) => codes.push(error.code));
        await connect(undefined, member);
        answers = 2;
        await connect(undefined, member).catch(() => {});
        await sleep(20);
        assert.equal(codes, ['ERR_MULTIPLE_CALLBACK'], `late: ${late}`);
      });
    }
  });

  test(`${version}: an SNICallback that never answers holds no lookup longer than lookupTimeout`, async () => {
    let answers = true;
    let late: (() => void) | undefined;
    const SNICallback: TlsOptions['SNICallback'] = (_name, done) => {
      late = () => done(null, trusting);
      if (answers) late();
    };
    const tls = { ...optionsFor(version), SNICallback };
    const options = { tls, attach: { ...attach, lookupTimeout: 30 } };
    await withServer(options, async ({ connect, attached }) => {
      const { session } = await connect(undefined, member);
      answers = false;
      const second = connect(session, member);
      while (attached.stats().misses.late === 0) await sleep(5); // the connection has its own deadline
      late?.(); // the handshake has waited for it, as on stock Node
      assertResumed(await second, false);
    });
  });

  test(`${version}: an SNICallback that makes another context each time is warned of, once`, async () => {
    const SNICallback: TlsOptions['SNICallback'] = (_name, done) =>
      done(null, createSecureContext({ ...base, ca: member.cert }));
    const tls = { ...optionsFor(version), SNICallback };
    const codes: unknown[] = [];
    const note = (warning: Error & { code?: string }): void => void codes.push(warning.code);
    process.on('warning', note);
    await withServer({ tls, attach }, async ({ connect }) => {
      const { session } = await connect(undefined, member);
      assertResumed(await connect(session, member), false);
      assertResumed(await connect(session, member), false);
    });
    process.off('warning', note);
    assert.equal(codes, ['SESSCACHE_SNI_CALLBACK']);
  });

  test(`${version}: without client certificates an SNICallback is not asked to resume`, async () => {
    let calls = 0;
    const SNICallback: TlsOptions['SNICallback'] = (_name, done) => {
      calls++;
      done(null, createSecureContext(base));
    };
    const tls = { minVersion: version, maxVersion: version, SNICallback };
    await withServer({ tls, attach }, async ({ connect }) => {
      const { session } = await connect();
      assertResumed(await connect(session), true);
      assert.is(calls, 1);
    });
  });
}

test.run();
