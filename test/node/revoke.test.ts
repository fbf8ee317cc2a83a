// Revocation: logout, a revoked certificate, a CRL; here, in a store, in other processes, and
// against what is under way.

import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { Http2ServerRequest } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectClient } from 'node:tls';
import type { ConnectionOptions, PeerCertificate, Server, TlsOptions, TLSSocket } from 'node:tls';
import { inspect } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCertificate } from '../../examples/certificates.js';
import { attachExternal, memoryStore } from '../../bindings/external/index.ts';
import { Session, SessionCache } from '../../bindings/index.ts';
import { readCertificate as readDer } from '../../bindings/node/certificates/certificate.ts';
import {
  type AttachOptions,
  attachServer,
  type TaggedConnection,
} from '../../bindings/node/index.ts';
import { openssl } from '../tls/openssl.ts';
import { selfSigned, withAuthority } from './authority.ts';
import { askForCertificate, assertResumed, connectTls, type Kind, type Running, untilLookedUp, type Version, withServer } from './harness.ts'; // prettier-ignore
import { sendRaw, withGate } from './wire.ts';
import { VERSIONS } from '../support/versions.ts';

const test = suite('attachServer: revocation');

const member = readCertificate('client');
const fingerprint = Buffer.from(
  new X509Certificate(member.cert).fingerprint256.replaceAll(':', ''),
  'hex',
);

function settingsFor(version: Version, mutual = true): { tls: TlsOptions; attach: AttachOptions } {
  return {
    tls: { minVersion: version, maxVersion: version, ...(mutual && askForCertificate) },
    attach: { tls13: version === 'TLSv1.3' },
  };
}

/** Whether a client that offers a session is resumed; false also where it is not let in. */
async function resumes(
  { connect }: Running,
  session: Buffer,
  client: ConnectionOptions = member,
): Promise<boolean> {
  return connect(session, client).then(
    ({ resumed }) => resumed,
    () => false,
  );
}

function tlv(tag: number, ...content: Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  const digits = body.length.toString(16).padStart(2, '0');
  const length = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
  const head = body.length < 0x80 ? [tag] : [tag, 0x80 + length.length];
  return Buffer.concat([Buffer.from(head), length, body]);
}

/** A revocation list in DER, which nothing has signed: serial numbers in hexadecimal. */
function crlOf({ raw }: X509Certificate, serials: readonly string[]): Buffer {
  const { issuerStart, issuerEnd } = readDer(raw, 0, raw.length)!;
  const time = tlv(0x17, Buffer.from('260101000000Z'));
  const algorithm = tlv(0x30, Buffer.from([6, 1, 0x2a]));
  const numbers = serials.map((serial) => tlv(2, Buffer.from(`00${serial}`, 'hex')));
  const entries = numbers.map((number) => tlv(0x30, number, time));
  const issuer = raw.subarray(issuerStart, issuerEnd);
  const content = tlv(0x30, algorithm, issuer, time, tlv(0x30, ...entries));
  return tlv(0x30, content, algorithm, tlv(3, Buffer.alloc(1)));
}

for (const version of VERSIONS) {
  for (const [name, end] of [
    ['cache.revoke of the fingerprint', ({ cache }) => cache.revoke({ tag: fingerprint })],
    ['the certificate in PEM', ({ attached }) => attached.revoke({ certificate: member.cert })],
    [
      'the certificate as text',
      ({ attached }) => attached.revoke({ certificate: member.cert.toString() }),
    ],
    [
      'the certificate in DER',
      ({ attached }) => attached.revoke({ certificate: new X509Certificate(member.cert).raw }),
    ],
    [
      'an X509Certificate',
      ({ attached }) => attached.revoke({ certificate: new X509Certificate(member.cert) }),
    ],
    [
      'what getPeerCertificate returns',
      ({ attached }) =>
        attached.revoke({
          certificate: { raw: new X509Certificate(member.cert).raw } as PeerCertificate,
        }),
    ],
  ] as [string, (running: Running) => number][]) {
    test(`${version}: revoking by ${name} ends the sessions of a client's certificate`, async () => {
      const others = await selfSigned('others');
      const { tls, attach } = settingsFor(version);
      const all = { ...tls, ca: [member.cert, others.cert] };
      await withServer({ tls: all, attach: { ...attach, reuse: true } }, async (running) => {
        const first = await running.connect(undefined, member);
        const renewed = await running.connect(first.session, member);
        const other = await running.connect(undefined, others);
        const expected = version === 'TLSv1.3' ? renewed.sessions.length + 2 : 1;
        assert.is(end(running), expected, 'all of them');
        for (const session of [...first.sessions, ...renewed.sessions]) {
          assert.is(await resumes(running, session), false);
        }
        assert.is(
          await resumes(running, other.session, others),
          true,
          'sessions of others still resume',
        );
        assert.is(await resumes(running, (await running.connect(undefined, member)).session), true);
      });
    });
  }
}

/** The server's side of the connections, in the order they came. */
function socketsOf(server: Server): TLSSocket[] {
  const sockets: TLSSocket[] = [];
  server.on('secureConnection', (socket) => sockets.push(socket));
  return sockets;
}

for (const version of VERSIONS) {
  for (const kind of ['tls', 'https', 'http2'] as Kind[]) {
    test(`${version}, ${kind}: revoking a socket ends all sessions of its connection and their renewals`, async () => {
      const { tls, attach } = settingsFor(version, false);
      let sockets: TLSSocket[] = [];
      const prepare = (server: Server): void => void (sockets = socketsOf(server));
      await withServer({ kind, tls, attach, prepare }, async ({ connect, attached, cache }) => {
        const first = await connect();
        const bystander = await connect();
        // One after the other: each renews what it resumed.
        const renewed = [];
        for (const session of first.sessions) renewed.push(await connect(session));
        for (const outcome of renewed) assertResumed(outcome, true);
        const again = await connect(renewed[0]!.session);
        assertResumed(again, true);
        assert.ok(attached.revoke(sockets[0]!) > 0);
        const all = [first, ...renewed, again].flatMap(({ sessions }) => sessions);
        for (const session of all) assertResumed(await connect(session), false);
        assertResumed(await connect(bystander.session), true);
        assert.is(attached.revoke(sockets[0]!), 0, 'a second time');
        assert.ok(cache.stats().number > 0);
      });
    });
  }

  test(`${version}: revoking the socket of a connection that resumed ends what it came from`, async () => {
    const { tls, attach } = settingsFor(version, false);
    let sockets: TLSSocket[] = [];
    const prepare = (server: Server): void => void (sockets = socketsOf(server));
    await withServer({ tls, attach, prepare }, async ({ connect, attached }) => {
      const first = await connect();
      const second = await connect(first.sessions[0]);
      assertResumed(second, true);
      attached.revoke(sockets[1]!);
      for (const session of [...first.sessions, ...second.sessions]) {
        assertResumed(await connect(session), false);
      }
    });
  });

  test(`${version}: revoked as soon as it is secure, a connection leaves nothing`, async () => {
    const { tls, attach } = settingsFor(version, false);
    let revoke = (_socket: TLSSocket): unknown => undefined;
    const prepare = (server: Server): void => {
      server.on('secureConnection', (socket) => revoke(socket));
    };
    await withServer({ tls, attach, prepare }, async ({ connect, attached, cache }) => {
      revoke = (socket) => attached.revoke(socket);
      const { sessions } = await connect();
      assert.ok(sessions.length > 0);
      assert.is(cache.stats().number, 0);
      if (version === 'TLSv1.3') assert.is(attached.stats().notStored.revoked, 2);
      for (const session of sessions) assertResumed(await connect(session), false);
    });
  });

  test(`${version}: what is revoked during a handshake is not stored after it`, async () => {
    const { tls, attach } = settingsFor(version);
    const tags = { ...attach, tags: () => ['user-42'] };
    for (const end of [
      ({ cache }) => cache.revoke({ tag: fingerprint }),
      ({ cache }) => cache.revoke({ tag: 'user-42' }),
      ({ attached }) => attached.revoke({ certificate: member.cert }),
    ] as ((running: Running) => number)[]) {
      await withServer({ tls, attach: tags }, async (running) => {
        const { port, attached, cache } = running;
        await withGate(port, async (gate, open) => {
          const held = connectTls(gate, undefined, member);
          await untilLookedUp(attached);
          end(running);
          open();
          const { sessions } = await held;
          assert.ok(sessions.length > 0);
        });
        assert.ok(attached.stats().notStored.revoked > 0);
        assert.is(cache.stats().number, 0);
        const later = await running.connect(undefined, member);
        assert.is(await resumes(running, later.session), true, 'what is made later stays');
      });
    }
  });
}

test('TLSv1.3: what is revoked while a session is being resumed is not renewed', async () => {
  const { tls, attach } = settingsFor('TLSv1.3');
  for (const end of ['tag', 'certificate', 'socket'] as const) {
    let sockets: TLSSocket[] = [];
    const prepare = (server: Server): void => void (sockets = socketsOf(server));
    const options = { tls, attach: { ...attach, tags: () => ['user-42'] }, prepare };
    await withServer(options, async (running) => {
      const { port, attached, cache, connect } = running;
      const { sessions } = await connect(undefined, member);
      await withGate(port, async (gate, open) => {
        const held = connectTls(gate, sessions[0], member);
        while (attached.stats().hits === 0) await sleep(5);
        if (end === 'tag') cache.revoke({ tag: 'user-42' });
        else if (end === 'certificate') attached.revoke({ certificate: member.cert });
        else attached.revoke(sockets[0]!);
        open();
        const outcome = await held;
        assertResumed(outcome, true); // it had begun
        for (const session of outcome.sessions) assert.is(await resumes(running, session), false);
      });
      assert.ok(attached.stats().notStored.revoked > 0);
      for (const session of sessions) assert.is(await resumes(running, session), false);
    });
  }
});

for (const version of VERSIONS) {
  test(`${version}: what is revoked while a store is being asked is not resumed`, async () => {
    const { tls, attach } = settingsFor(version);
    for (const end of ['tag', 'socket'] as const) {
      const cache = new SessionCache({ mode: 0x0102 });
      const kept = new Map<string, Session>();
      const keyOf = (id: Uint8Array): string => Buffer.from(id).toString('hex');
      cache.setNewSessionCallback((_, session) => void kept.set(keyOf(session.id), session.dup()));
      let asked = (): void => {};
      let go = (): void => {};
      cache.setGetSessionCallback(async (_, id) => {
        asked();
        await new Promise<void>((resolve) => (go = resolve));
        return kept.get(keyOf(id));
      });
      let sockets: TLSSocket[] = [];
      const prepare = (server: Server): void => void (sockets = socketsOf(server));
      const options = { tls, attach: { ...attach, tags: () => ['user-42'] }, cache, prepare };
      await withServer(options, async ({ connect, attached }) => {
        const { session } = await connect(undefined, member);
        const isAsked = new Promise<void>((resolve) => (asked = resolve));
        const second = connect(session, member);
        await isAsked;
        if (end === 'tag') cache.revoke({ tag: 'user-42' });
        else attached.revoke(sockets[0]!);
        go();
        assertResumed(await second, false);
        assert.is(attached.stats().hits, 0);
      });
    }
  });

  test(`${version}: revocation reaches the store and the other processes`, async () => {
    const { tls, attach } = settingsFor(version);
    const keys = [randomBytes(32)];
    for (const end of ['socket', 'certificate', 'tag'] as const) {
      const store = memoryStore();
      const caches = [new SessionCache(), new SessionCache()] as const;
      const shared = caches.map((cache) => attachExternal(cache, store, { keys, deadline: 1000 }));
      const flush = async (): Promise<void> => {
        for (const each of shared) await each.flush({ timeout: 1000 });
        await sleep(20);
      };
      let sockets: TLSSocket[] = [];
      const prepare = (server: Server): void => void (sockets = socketsOf(server));
      const options = (cache: SessionCache) => ({
        tls,
        attach: { ...attach, namespace: 'fleet', tags: () => ['user-42'] },
        cache,
        prepare,
      });
      await withServer(options(caches[1]), (two) =>
        withServer(options(caches[0]), async (one) => {
          const first = await one.connect(undefined, member);
          await flush();
          const second = await two.connect(first.sessions[0], member);
          assertResumed(second, true);
          await flush();
          if (end === 'socket') one.attached.revoke(sockets[0]!);
          else if (end === 'certificate') one.attached.revoke({ certificate: member.cert });
          else one.cache.revoke({ tag: 'user-42' });
          await flush();
          for (const session of [...first.sessions, ...second.sessions]) {
            for (const each of [one, two]) assert.is(await resumes(each, session), false, end);
          }
        }),
      );
      for (const each of shared) each.detach();
    }
  });
}

test('TLSv1.3: revoked in one process, a session that another is just resuming ends', async () => {
  const { tls, attach } = settingsFor('TLSv1.3');
  const keys = [randomBytes(32)];
  const store = memoryStore();
  // Without a channel: the other process hears of nothing, and finds the mark in the store.
  const silent = { ...store, channel: undefined, get: store.get.bind(store), set: store.set.bind(store), delete: store.delete.bind(store), take: store.take!.bind(store) }; // prettier-ignore
  const caches = [new SessionCache(), new SessionCache()] as const;
  const shared = caches.map((cache) => attachExternal(cache, silent, { keys, deadline: 1000 }));
  const flush = async (): Promise<void> => {
    for (const each of shared) await each.flush({ timeout: 1000 });
  };
  const common = { ...attach, namespace: 'fleet', tags: () => ['user-42'] };
  const options = (cache: SessionCache) => ({ tls, attach: common, cache });
  await withServer(options(caches[1]), (two) =>
    withServer(options(caches[0]), async (one) => {
      const first = await one.connect(undefined, member);
      await flush();
      await withGate(two.port, async (gate, open) => {
        const held = connectTls(gate, first.sessions[0], member);
        while (two.attached.stats().hits === 0) await sleep(5);
        await sleep(1100); // more than clocks may differ
        one.cache.revoke({ tag: 'user-42' });
        await flush();
        await sleep(1100);
        open();
        const { sessions } = await held;
        await flush();
        // The process that made it cannot know; everybody else asks the store.
        for (const session of sessions) assert.is(await resumes(one, session), false);
      });
    }),
  );
  for (const each of shared) each.detach();
});

test('tags are asked for once in a full handshake, and told what is known', async () => {
  for (const version of VERSIONS) {
    const seen: TaggedConnection[] = [];
    const { tls, attach } = settingsFor(version);
    const tags = (connection: TaggedConnection): string[] => {
      seen.push(connection);
      return [`from ${connection.socket?.remoteAddress}`];
    };
    await withServer({ tls, attach: { ...attach, tags } }, async ({ connect, cache }) => {
      const { session } = await connect(undefined, member);
      assertResumed(await connect(session, member), true);
      assert.is(seen.length, 1);
      const [{ servername, protocolVersion, certificate }] = seen as [TaggedConnection];
      assert.is(servername, 'localhost');
      assert.is(protocolVersion, version === 'TLSv1.3' ? 0x0304 : 0x0303);
      assert.equal(Buffer.from(certificate!), new X509Certificate(member.cert).raw);
      assert.ok(cache.revoke({ tag: 'from 127.0.0.1' }) > 0);
    });
  }
});

test('tags that are wrong cost the session, and nothing else', async () => {
  const { tls, attach } = settingsFor('TLSv1.3');
  for (const tags of [
    () => {
      throw new Error('no database');
    },
    () => ['x'.repeat(33)],
    () => ['\0reserved'],
    () => 'user' as never,
    () => [1] as never,
    () => ['a', 'b', 'c', 'd', 'e', 'f'],
  ]) {
    const errors: unknown[] = [];
    const options = { ...attach, tags, onError: (error: unknown) => errors.push(error) };
    await withServer({ tls, attach: options, errors: 2 }, async ({ connect, attached }) => {
      const { sessions } = await connect(undefined, member);
      assert.is(sessions.length, 2);
      assert.is(attached.stats().notStored.error, 2);
      assert.instance(errors[0], Error);
    });
  }
  for (const tags of [() => undefined, () => [], () => ['a', 'b', 'c', 'd', 'e']]) {
    await withServer({ tls, attach: { ...attach, tags } }, async ({ connect, attached }) => {
      await connect(undefined, member);
      assert.is(attached.stats().stored, 2);
    });
  }
});

test('the remove callback is told of what a store of the program still has', async () => {
  for (const version of VERSIONS) {
    const { tls, attach } = settingsFor(version, false);
    const cache = new SessionCache({ mode: 0x0302 }); // nothing inside
    const kept = new Map<string, Session>();
    const keyOf = (id: Uint8Array): string => Buffer.from(id).toString('hex');
    cache.setNewSessionCallback((_, session) => void kept.set(keyOf(session.id), session.dup()));
    cache.setGetSessionCallback((_, id) => kept.get(keyOf(id)));
    cache.setRemoveSessionCallback((_, session) => void kept.delete(keyOf(session.id)));
    let sockets: TLSSocket[] = [];
    const prepare = (server: Server): void => void (sockets = socketsOf(server));
    await withServer({ tls, attach, cache, prepare }, async ({ connect, attached }) => {
      const { sessions } = await connect();
      assert.is(kept.size, sessions.length);
      attached.revoke(sockets[0]!);
      assert.is(kept.size, 0);
      for (const session of sessions) assertResumed(await connect(session), false);
    });
  }
});

test('http2 programs can hand over the socket that they see', async () => {
  const { tls, attach } = settingsFor('TLSv1.3', false);
  for (const socketOf of [
    (request: Http2ServerRequest) => request.socket,
    (request: Http2ServerRequest) => request.stream.session?.socket,
  ]) {
    let revoke = (_request: Http2ServerRequest): unknown => undefined;
    const prepare = (server: Server): void => {
      server.prependListener('request', (request: Http2ServerRequest) => revoke(request));
    };
    const options = { kind: 'http2' as const, tls, attach, prepare };
    await withServer(options, async ({ connect, attached }) => {
      const first = await connect();
      const second = await connect(first.sessions[0]);
      assertResumed(second, true);
      const counts: number[] = [];
      revoke = (request) => counts.push(attached.revoke(socketOf(request) as TLSSocket));
      const third = await connect(second.session);
      revoke = () => {};
      assertResumed(third, true);
      assert.ok(counts[0]! > 0);
      for (const { sessions } of [first, second, third]) {
        for (const session of sessions) assertResumed(await connect(session), false);
      }
    });
  }
});

test('no way of printing a socket shows the ids of its sessions', async () => {
  for (const version of VERSIONS) {
    const { tls, attach } = settingsFor(version);
    const printed: string[] = [];
    const print = (socket: TLSSocket): void => {
      printed.push(inspect(socket, { showHidden: true, depth: 12, maxArrayLength: null }));
    };
    const sockets: TLSSocket[] = [];
    const prepare = (server: Server): void => {
      server.on('secureConnection', (socket) => sockets.push(socket));
      server.on('tlsClientError', (_, socket) => print(socket));
    };
    await withServer({ tls, attach, prepare }, async ({ connect, cache, port }) => {
      const { session } = await connect(undefined, member);
      await connect(session, member);
      await connect(session, { ...(await selfSigned('stranger')) }).catch(() => {});
      await sendRaw(port, Buffer.from('no TLS'), 100);
      for (const socket of sockets) print(socket);
      assert.ok(printed.length > 2);
      for (const { id } of cache) {
        const bytes = [...id.subarray(0, 6)];
        const forms = [
          bytes.join(', '),
          bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(' '),
          bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(''),
        ];
        for (const form of forms) assert.not.ok(printed.some((text) => text.includes(form)));
      }
    });
  }
});

for (const version of VERSIONS) {
  for (const which of ['the same', 'another', 'another with the same store, the first closed']) {
    test(`${version}: a socket from before ${which} cache was attached`, async () => {
      const settings = settingsFor(version, false);
      const { tls } = settings;
      const attach = { ...settings.attach, namespace: 'one' };
      const isShared = which.includes('store');
      const cache = new SessionCache();
      const next = which === 'the same' ? cache : new SessionCache();
      const store = memoryStore();
      const keys = [randomBytes(32)];
      const shared = (isShared ? [cache, next] : []).map((each) =>
        attachExternal(each, store, { keys, deadline: 1000 }),
      );
      const flush = async (): Promise<void> => {
        for (const each of shared) await each.flush({ timeout: 1000 });
      };
      await withServer({ tls, attach, cache }, async (running) => {
        const { server, attached, connect } = running;
        const accepted = once(server, 'secureConnection') as Promise<[TLSSocket]>;
        const { sessions } = await connect();
        const [socket] = await accepted;
        await flush();
        const { number } = cache.stats();
        assert.ok(number > 0);
        attached.detach();
        if (isShared) cache.close();
        const again = attachServer(server, next, attach);
        assert.is(again.revoke(socket), isShared ? 0 : number);
        await flush();
        if (!isShared) assert.is(cache.stats().number, 0);
        for (const session of sessions) assert.is(await resumes(running, session), false);
        const fresh = await connect();
        assert.is(await resumes(running, fresh.sessions[0]!), true, 'only its own sessions end');
        again.detach();
      });
    });
  }
}

test('whose sessions are meant must be clear', async () => {
  const { tls, attach } = settingsFor('TLSv1.3');
  await withServer({ tls, attach }, async ({ attached, connect, port, cache }) => {
    await withServer({ tls, attach, cache }, async (other) => {
      const accepted = once(other.server, 'secureConnection') as Promise<[TLSSocket]>;
      await other.connect(undefined, member);
      const [socket] = await accepted;
      assert.throws(() => attached.revoke(socket), /of another server/);
    });
    await connect(undefined, member);
    const { number } = cache.stats();
    for (const [what, text] of [
      [undefined, /"what" expected object/],
      ['socket', /"what" expected object/],
      [{}, /certificate, crl or tag/],
      [{ tag: '' }, /"tag" expected/],
      [{ certificate: 'none' }, /"certificate" expected/],
      [{ certificate: Buffer.alloc(9) }, /"certificate" expected/],
      [{ certificate: {} }, /"certificate" expected/],
      [{ certificate: 5 }, /"certificate" expected/],
      [{ certificate: { raw: Buffer.from('no') } }, /"certificate" expected/],
      [{ crl: 'none' }, /CRL/],
      [{ crl: Buffer.from([0x30, 0x80, 0, 0]) }, /DER/],
      [{ crl: 5 }, /"crl" expected/],
    ] as [never, RegExp][]) {
      assert.throws(() => attached.revoke(what), text);
    }
    assert.is(cache.stats().number, number);
    const client = connectClient({ port, host: '127.0.0.1', ...member, ca: readCertificate('rsa').cert, servername: 'localhost' }); // prettier-ignore
    client.on('error', () => {});
    assert.is(attached.revoke(client), 0, 'a socket without sessions here');
    client.destroy();
    await once(client, 'close');
  });
});

test('a CRL that is loaded ends the sessions of the certificates on it, on other servers too', async () => {
  await withAuthority('/O=Test  Authority/CN=The One', async (authority) => {
    const [revoked, good] = await Promise.all([
      authority.issue('revoked'),
      authority.issue('good'),
    ]);
    const empty = await authority.revoke();
    const list = await authority.revoke(revoked);
    for (const version of VERSIONS) {
      const { tls, attach } = settingsFor(version);
      const cache = new SessionCache();
      const common = { ...tls, ca: authority.cert };
      await withServer({ tls: { ...common, crl: empty }, attach, cache }, (one) =>
        withServer({ tls: common, attach, cache }, async (two) => {
          const [bad, fine] = [
            await two.connect(undefined, revoked),
            await two.connect(undefined, good),
          ];
          const here = await one.connect(undefined, revoked);
          one.attached.setSecureContext({ crl: list });
          assert.is(cache.stats().removals.revoked, version === 'TLSv1.3' ? 4 : 2);
          for (const session of bad.sessions)
            assert.is(await resumes(two, session, revoked), false);
          assert.is(await resumes(two, fine.session, good), true);
          assert.is(await resumes(one, here.session, revoked), false);
          // Nor when it is unloaded.
          one.attached.setSecureContext({ crl: empty });
          assert.is(await resumes(one, here.session, revoked), false);
        }),
      );
    }
  });
});

test('a CRL of a context for names ends the sessions of the certificates on it', async () => {
  await withAuthority('/CN=The One', async (authority) => {
    const revoked = await authority.issue('revoked');
    const crl = await authority.revoke(revoked);
    for (const version of VERSIONS) {
      const { tls, attach } = settingsFor(version);
      const options = { tls: { ...tls, ca: authority.cert }, attach };
      await withServer(options, async (running) => {
        const { session } = await running.connect(undefined, revoked);
        const context = { ...readCertificate('rsa'), ca: authority.cert, crl };
        running.server.addContext('another.test', context);
        assert.is(running.cache.stats().number, 0);
        assert.is(await resumes(running, session, revoked), false);
      });
    }
  });
});

test('a CRL in DER, and several in one text, end sessions without being loaded', async () => {
  await withAuthority('/CN=One', (one) =>
    withAuthority('/CN=Two', async (two) => {
      const [first, second] = await Promise.all([one.issue('first'), two.issue('second')]);
      const lists = await Promise.all([one.revoke(first), two.revoke(second)]);
      const der = Buffer.from(
        /-----BEGIN X509 CRL-----([^-]+)/.exec(lists[0])![1]!.replaceAll(/\s/g, ''),
        'base64',
      );
      const { tls, attach } = settingsFor('TLSv1.2');
      const options = { tls: { ...tls, ca: [one.cert, two.cert] }, attach };
      await withServer(options, async ({ connect, attached }) => {
        await connect(undefined, first);
        await connect(undefined, second);
        assert.is(attached.revoke({ crl: der }), 1);
        await connect(undefined, first);
        assert.is(attached.revoke({ crl: lists.join('and\n') }), 2);
        assert.is(attached.revoke({ crl: Buffer.from(lists.join('')) }), 0);
      });
    }),
  );
});

test('of a long list the first 4,096 certificates are ended at once, and the others in later turns', async () => {
  await withAuthority('/CN=Long', async (authority) => {
    const [early, late] = await Promise.all([authority.issue('early'), authority.issue('late')]);
    const serialOf = ({ cert }: { cert: string }): string => new X509Certificate(cert).serialNumber;
    const others = Array.from({ length: 10_000 }, (_, i) => (0x7000_0000 + i).toString(16));
    const crl = crlOf(new X509Certificate(early.cert), [
      serialOf(early),
      ...others,
      serialOf(late),
    ]);
    const { tls, attach } = settingsFor('TLSv1.2');
    await withServer({ tls: { ...tls, ca: [authority.cert] }, attach }, async (running) => {
      const { connect, attached, cache } = running;
      const one = await connect(undefined, early);
      const other = await connect(undefined, late);
      assert.is(attached.revoke({ crl }), 1);
      assert.is(cache.stats().number, 1);
      for (let i = 0; i < 3; i++) await new Promise(setImmediate);
      assert.is(cache.stats().number, 0);
      assertResumed(await connect(one.session, early), false);
      assertResumed(await connect(other.session, late), false);
    });
  });
});

test('one of a million sessions is revoked in less than a millisecond', () => {
  const cache = new SessionCache({ size: 0 });
  const tagOf = (i: number): Uint8Array => new Uint8Array(createHash('sha256').update(String(i)).digest()); // prettier-ignore
  const data = new Uint8Array(160);
  const add = (from: number, to: number): void => {
    for (let i = from; i < to; i++) {
      const id = new Uint8Array(32);
      new DataView(id.buffer).setUint32(0, i);
      cache.addSession(new Session({ id, data, tags: [tagOf(i)] }));
    }
  };
  const timeOf = (from: number, count: number): number => {
    const tags = Array.from({ length: count }, (_, i) => tagOf(from + i));
    const start = performance.now();
    for (const tag of tags) assert.is(cache.revoke({ tag }), 1);
    return (performance.now() - start) / count;
  };
  const few = 1000;
  add(0, few);
  timeOf(0, 500); // compiled
  const among = timeOf(500, 500);
  add(few, 1_000_000);
  const ofMillion = timeOf(few, 500);
  assert.ok(ofMillion < Math.max(1, among * 100), `${among} and ${ofMillion} ms`);
  assert.ok(ofMillion / among < 100, 'it does not take in proportion to their number');
  cache.close();
});

test('openssl agrees on who is on the list', async () => {
  // What readCrl finds is compared with what the command prints.
  await withAuthority('/O=Ünicode/CN=x', async (authority) => {
    const certs = [];
    for (let i = 0; i < 3; i++) certs.push(await authority.issue(`c${i}`));
    const list = await authority.revoke(...certs);
    const text = await openssl(['crl', '-noout', '-text'], Buffer.from(list));
    const serials = [...text.matchAll(/Serial Number: ([0-9A-F]+)/g)].map(([, serial]) => serial);
    assert.equal(
      serials,
      certs.map(({ cert }) => new X509Certificate(cert).serialNumber),
    );
  });
});

test.run();
