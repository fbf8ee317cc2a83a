// Clients of a real FTPS server that rejects data connections without a resumed session: one of
// bare sockets, and basic-ftp.

import { Client } from 'basic-ftp';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { peekSession } from '../../bindings/asn1/index.ts';
import { readCertificate } from '../../examples/certificates.js';
import {
  ClientSessionCache,
  ControlSession,
  resumeDataConnections,
} from '../../bindings/client/index.ts';
import { Ftp, type Secure } from './ftp.ts';
import { type FtpsServer, withFtpsServer } from './servers/ftps.ts';
import { VERSIONS, type Version } from './servers/web.ts';

const test = suite('FTPS with session reuse required');
const { cert: ca } = readCertificate('rsa');

/** The server's reply when a data connection did not resume. */
const REFUSED = /^522 .*session reuse/;
/** Names of the server; its certificate is good for both. */
const HOSTS = ['localhost', '127.0.0.1'];

const only = (version: Version): ConnectionOptions => ({
  ca,
  minVersion: version,
  maxVersion: version,
});

for (const version of VERSIONS) {
  for (const host of HOSTS) {
    test(`${version}, ${host}: data connections resume the control connection's session`, async () => {
      await withFtpsServer({}, async (server) => {
        const sessions = new ClientSessionCache();
        const options = { ...only(version), host };
        let session!: ControlSession;
        const ftp = await Ftp.open(server.port, options, (control) => {
          session = new ControlSession(control, { sessions });
        });
        try {
          for (let i = 0; i < 5; i++) {
            const { answer } = await ftp.transfer('LIST', (socket) =>
              session.connect({ ...options, socket }),
            );
            assert.match(answer, /^226/);
          }
        } finally {
          await ftp.close();
        }
        assertAllResumed(server, version, 5);
        assert.is(sessions.stats().sessions, 0, 'the sessions end with the control connection');
        assert.is(sessions.stats().errors, 0);
        sessions.close();
      });
    });

    for (const implicit of [false, true]) {
      const way = `${version}, ${host}, ${implicit ? 'implicit' : 'explicit'} TLS`;
      test(`${way}: basic-ftp lists, uploads and downloads`, async () => {
        await withFtpsServer({ implicit }, async (server) => {
          const sessions = new ClientSessionCache();
          const client = new Client(5000);
          resumeDataConnections(client.ftp, { sessions });
          const access = {
            host,
            port: server.port,
            secure: implicit ? ('implicit' as const) : true,
            secureOptions: only(version),
          };
          try {
            await client.access(access);
            const transfers = await exchange(client, server);
            assertAllResumed(server, version, transfers);
            await client.access(access); // a control connection of its own
            await client.list();
            assertAllResumed(server, version, 1);
          } finally {
            client.close();
          }
          assert.is(sessions.stats().errors, 0);
          sessions.close();
        });
      });
    }
  }

  test(`${version}: without a session the server refuses the data connection`, async () => {
    await withFtpsServer({}, async (server) => {
      const { answer } = await list(server, version, (socket) =>
        connect({ ...only(version), host: 'localhost', socket }),
      );
      assert.match(answer, REFUSED);
    });
  });

  test(`${version}: stock Node resumes over a socket under the host of the session only`, async () => {
    // nodejs/node#64402: releases that store the server name in sessions refuse what worked in Node
    // 20.
    await withFtpsServer({}, async (server) => {
      const ftp = await Ftp.open(server.port, { ...only(version), host: '127.0.0.1' });
      const session = ftp.control.getSession() as Buffer;
      const isBound = peekSession(session).derStart > 0;
      const visit = (options: ConnectionOptions): ReturnType<Ftp['transfer']> =>
        ftp.transfer('LIST', (socket) =>
          connect({ ...only(version), ...options, session, socket }),
        );
      const named = await visit({ host: '127.0.0.1' });
      const nameless = await visit({});
      assert.match(named.answer, /^226/);
      assert.match(nameless.answer, isBound ? REFUSED : /^226/);
      await ftp.close();
    });
  });

  test(`${version}: the session of another control connection is not handed out`, async () => {
    await withFtpsServer({}, async (server) => {
      const sessions = new ClientSessionCache();
      const options = { ...only(version), host: 'localhost' };
      const controls: ControlSession[] = [];
      const opened: Ftp[] = [];
      for (let i = 0; i < 2; i++) {
        opened.push(
          await Ftp.open(server.port, options, (control) => {
            controls.push(new ControlSession(control, { sessions }));
          }),
        );
      }
      const taken = controls.map((control) => control.take() as Buffer);
      assert.not.ok(taken[0]!.equals(taken[1]!));
      for (const ftp of opened) await ftp.close();
      sessions.close();
    });
  });
}

test('the host is taken from the session where the options of a data connection have none', async () => {
  await withFtpsServer({}, async (server) => {
    const sessions = new ClientSessionCache();
    const options = { ...only('TLSv1.2'), host: '127.0.0.1' };
    let session!: ControlSession;
    const ftp = await Ftp.open(server.port, options, (control) => {
      session = new ControlSession(control, { sessions });
    });
    const { answer, resumed } = await ftp.transfer('LIST', (socket) =>
      session.connect({ ...only('TLSv1.2'), socket }),
    );
    await ftp.close();
    assert.match(answer, /^226/);
    assert.ok(resumed);
    sessions.close();
  });
});

test('a TLS 1.3 ticket is used once while there are others', async () => {
  await withFtpsServer({}, async (server) => {
    const sessions = new ClientSessionCache();
    let session!: ControlSession;
    const options = { ...only('TLSv1.3'), host: 'localhost' };
    const ftp = await Ftp.open(server.port, options, (control) => {
      session = new ControlSession(control, { sessions });
    });
    assert.ok(sessions.stats().sessions > 1, 'the server gives several tickets');
    const count = sessions.stats().sessions;
    const taken = Array.from({ length: count + 2 }, () =>
      (session.take() as Buffer).toString('hex'),
    );
    assert.is(new Set(taken).size, count);
    assert.is(taken.at(-1), taken.at(-2), 'the last one stays');
    await ftp.close();
    sessions.close();
  });
});

test('wrong arguments are named', () => {
  assert.throws(
    () => new ControlSession({} as TLSSocket),
    /"control" expected TLSSocket, got Object/,
  );
  assert.throws(() => resumeDataConnections({ socket: {} }), /"ftp" expected `ftp` of a Client/);
});

test.run();

async function list(server: FtpsServer, version: Version, secure: Secure) {
  const ftp = await Ftp.open(server.port, { ...only(version), host: 'localhost' });
  try {
    return await ftp.transfer('LIST', secure);
  } finally {
    await ftp.close();
  }
}

/** Data connections of every sort; returns how many. */
async function exchange(client: Client, server: FtpsServer): Promise<number> {
  const texts = ['short', 'x'.repeat(200_000), '']; // if nothing resumes: stock basic-ftp fails
  for (const [at, text] of texts.entries()) {
    const name = `files/${at}.txt`;
    await client.uploadFrom(Readable.from(text === '' ? [] : [text]), name);
    assert.is(readFileSync(join(server.folder, `${at}.txt`), 'utf8'), text);
    assert.is(await download(client, name), text);
  }
  const files = await client.list('files');
  assert.equal(files.map(({ name }) => name).toSorted(), ['0.txt', '1.txt', '2.txt']);
  return texts.length * 2 + 1;
}

async function download(client: Client, name: string): Promise<string> {
  let text = '';
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString('utf8');
      done();
    },
  });
  await client.downloadTo(sink, name);
  return text;
}

/** As the server logs it: one full handshake, for the control connection. */
function assertAllResumed(server: FtpsServer, version: Version, transfers: number): void {
  const connections = server.connections();
  const expected = [false, ...Array(transfers).fill(true)].map((resumed) => ({ version, resumed }));
  assert.equal(connections, expected);
}
