// Names that share a server: a session resumes only where it was made.

import { createSecureContext } from 'node:tls';
import type { ConnectionOptions, SecureContext, Server, TlsOptions } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCertificate } from '../../examples/certificates.js';
import type { AttachOptions } from '../../bindings/node/index.ts';
import { assertResumed, CONTEXT, type Version, withServer } from './harness.ts';
import { makeSecure } from './secure.ts';

const test = suite('attachServer: server names');

const settings: Record<Version, { tls: TlsOptions; attach: AttachOptions }> = {
  'TLSv1.2': { tls: { maxVersion: 'TLSv1.2' }, attach: {} },
  'TLSv1.3': { tls: { maxVersion: 'TLSv1.3' }, attach: { tls13: true } },
};
const member = readCertificate('client');
const rsa = readCertificate('rsa');
/** Everybody is let in; `authorized` says who is known. */
const asking: TlsOptions = { requestCert: true, rejectUnauthorized: false };

/** A client with a certificate that asks for `servername`. */
function memberOf(servername: string): ConnectionOptions {
  return { ...member, servername, checkServerIdentity: () => undefined };
}

const contexts: Record<string, SecureContext> = {
  'members.test': createSecureContext({ ...rsa, ca: member.cert }),
  'others.test': createSecureContext({ ...rsa, ca: readCertificate('ecdsa').cert }),
};
const chooseContext: TlsOptions['SNICallback'] = (name, done) => done(null, contexts[name]);

function addContexts(server: Server): void {
  server.addContext('members.test', { ...rsa, ca: member.cert });
  server.addContext('others.test', { ...rsa, ca: readCertificate('ecdsa').cert });
}

for (const version of Object.keys(settings) as Version[]) {
  test(`${version}: hosts of one server with different policies`, async () => {
    const { tls, attach } = settings[version];
    await withServer(
      { tls: { ...tls, ...asking }, attach, prepare: addContexts },
      async ({ connect, attached }) => {
        const members = memberOf('members.test');
        const others = memberOf('others.test');
        const first = await connect(undefined, members);
        assert.is(first.server?.authorized, true);
        const second = await connect(claiming(first.session, 'others.test'), others);
        assertResumed(second, false);
        assert.is(second.server?.authorized, false, 'its certificate is worth nothing there');
        const nameless = { ...others, servername: '' };
        assertResumed(await connect(claiming(first.session, '127.0.0.1'), nameless), false);
        const third = await connect(first.session, members);
        assertResumed(third, true);
        assert.is(third.server?.authorized, true);
        assert.is(attached.stats().hits, 1);
      },
    );
  });

  for (const [how, prepare, more] of [
    ['addContext', addContexts, {}],
    ['an SNICallback', () => {}, { SNICallback: chooseContext }],
  ] as [string, (server: Server) => void, TlsOptions][]) {
    test(`${version}: names whose policies differ count without \`servernames\`: ${how}`, async () => {
      const { tls, attach } = settings[version];
      const options = {
        tls: { ...tls, ...asking, ...more },
        attach: { ...attach, servernames: false },
        prepare,
      };
      await withServer(options, async ({ connect }) => {
        const first = await connect(undefined, memberOf('members.test'));
        assert.is(first.server?.authorized, true);
        const other = claiming(first.session, 'others.test');
        const second = await connect(other, memberOf('others.test'));
        assertResumed(second, false);
        assert.is(second.server?.authorized, false);
        const third = await connect(first.session, memberOf('members.test'));
        assertResumed(third, true);
        assert.is(third.server?.authorized, true);
      });
    });
  }

  test(`${version}: a session offered under another name`, async () => {
    const { tls, attach } = settings[version];
    await withServer({ tls, attach }, async ({ connect, attached }) => {
      const anyName = { checkServerIdentity: () => undefined };
      const { session } = await connect(undefined, { ...anyName, servername: 'one.test' });
      const evil = { ...anyName, servername: 'evil.test' };
      assertResumed(await connect(claiming(session, 'evil.test'), evil), false);
      assert.is(attached.stats().misses.context, 1);
      assertResumed(await connect(session, { ...anyName, servername: 'one.test' }), true);
    });
  });

  test(`${version}: an SNICallback makes names count too`, async () => {
    const { tls, attach } = settings[version];
    const SNICallback: TlsOptions['SNICallback'] = (_name, done) =>
      done(null, createSecureContext(readCertificate('rsa')));
    await withServer({ tls: { ...tls, SNICallback }, attach }, async ({ connect, attached }) => {
      const anyName = { checkServerIdentity: () => undefined };
      const { session } = await connect(undefined, { ...anyName, servername: 'one.test' });
      assertResumed(
        await connect(claiming(session, 'two.test'), { ...anyName, servername: 'two.test' }),
        false,
      );
      assertResumed(await connect(session, { ...anyName, servername: 'one.test' }), true);
      assert.ok(attached.stats().hellos.read === 3);
    });
  });

  test(`${version}: with \`servernames: false\` under any name`, async () => {
    const { tls, attach } = settings[version];
    await withServer({ tls, attach: { ...attach, servernames: false } }, async ({ connect }) => {
      const anyName = { checkServerIdentity: () => undefined };
      const { session } = await connect(undefined, { ...anyName, servername: 'one.test' });
      const other = { ...anyName, servername: 'two.test' };
      assertResumed(await connect(claiming(session, 'two.test'), other), true);
    });
  });

  test(`${version}: a name in capitals is another name`, async () => {
    const { tls, attach } = settings[version];
    const prepare = (server: Server): void => {
      server.addContext('members.test', { ...rsa, ca: readCertificate('ecdsa').cert });
    };
    // Node 20 gives a client that asks for MEMBERS.test the server's own context, which trusts it.
    const all = { ...tls, ...asking, ca: member.cert };
    await withServer({ tls: all, attach, prepare }, async ({ connect }) => {
      const loud = await connect(undefined, memberOf('MEMBERS.test'));
      assert.ok(loud.server);
      const stolen = claiming(loud.session, 'members.test');
      const second = await connect(stolen, memberOf('members.test'));
      assertResumed(second, false);
      assert.is(second.server?.authorized, false, 'its certificate is worth nothing there');
    });
  });

  test(`${version}: addContext at run time leaves the sessions of the older policy behind`, async () => {
    const { tls, attach } = settings[version];
    const prepare = (server: Server): void => {
      server.addContext('members.test', { ...rsa, ca: member.cert });
      server.addContext('others.test', { ...rsa, ca: member.cert });
    };
    await withServer({ tls: { ...tls, ...asking }, attach, prepare }, async (running) => {
      const { server, connect } = running;
      const members = memberOf('members.test');
      const first = await connect(undefined, members);
      const second = await connect(first.session, members);
      assertResumed(second, true);
      assert.is(second.server?.authorized, true);
      const others = await connect(undefined, memberOf('others.test'));

      server.addContext('members.test', { ...rsa, ca: readCertificate('ecdsa').cert });
      const third = await connect(second.session, members);
      assertResumed(third, false);
      assert.is(third.server?.authorized, false);
      const fourth = await connect(third.session, members);
      assertResumed(fourth, true);
      assert.is(fourth.server?.authorized, false, 'and what is new resumes');
      assertResumed(await connect(others.session, memberOf('others.test')), true);
    });
  });

  test(`${version}: setSecureContext with another certificate leaves the sessions behind`, async () => {
    const { tls, attach } = settings[version];
    await withServer({ tls, attach }, async ({ server, connect, attached }) => {
      const { session } = await connect();
      const renewed = { ...readCertificate('ecdsa'), sessionIdContext: CONTEXT };
      server.setSecureContext(makeSecure({ maxVersion: version, ...renewed }));
      const second = await connect(session);
      assertResumed(second, false);
      assert.is(attached.stats().misses.context, 1);
      assertResumed(await connect(second.session), true);
    });
  });

  test(`${version}: setSecureContext with another \`ca\` leaves them behind too`, async () => {
    const { tls, attach } = settings[version];
    const all = { ...tls, ...asking, ca: member.cert };
    await withServer({ tls: all, attach }, async ({ server, connect, attached }) => {
      const first = await connect(undefined, member);
      assert.is(first.server?.authorized, true);
      const other = { sessionIdContext: CONTEXT, ca: readCertificate('ecdsa').cert };
      server.setSecureContext(makeSecure({ maxVersion: version, ...other }));
      const second = await connect(first.session, member);
      assertResumed(second, false);
      assert.is(second.server?.authorized, false);
      assert.is(attached.stats().misses.context, 1);
      assertResumed(await connect(second.session, member), true);
    });
  });
}

/** A client's session, with the name that newer releases of Node note in it changed. */
function claiming(session: Buffer, servername: string): Buffer {
  const mark = Buffer.from('\0nodejs:tls:session:1\0');
  if (!session.subarray(0, mark.length).equals(mark)) return session;
  const der = session.subarray(mark.length + 2 + session.readUInt16BE(mark.length));
  const length = Buffer.alloc(2);
  length.writeUInt16BE(servername.length);
  return Buffer.concat([mark, length, Buffer.from(servername), der]);
}

test.run();
