// Sessions that went through the codec are as good as new to a real peer, and a changed field means
// to OpenSSL what it says.

import { constants } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCertificate } from '../../examples/certificates.js';
import { decodeSession, encodeSession, SessionSecrets } from '../../bindings/asn1/index.ts';
import type { SessionFields } from '../../bindings/asn1/index.ts';

const test = suite('sessions that went through the codec');

type Fields = SessionFields & { secrets: SessionSecrets };
type Change = (fields: Fields) => Partial<Fields>;
const unchanged: Change = () => ({});

function recoded(bytes: Uint8Array, change: Change): Buffer {
  const fields = decodeSession(bytes, { secrets: true });
  return Buffer.from(encodeSession({ ...fields, ...change(fields) }));
}

interface Options {
  protocol: 'TLSv1.2' | 'TLSv1.3';
  /** Done to what the server looks up; makes the server stateful. */
  atServer?: Change;
  /** Done to what the client offers. */
  atClient?: Change;
}

/** Whether the second of two connections resumes the session of the first. */
async function resumes({ protocol, atServer, atClient = unchanged }: Options): Promise<boolean> {
  const server = createServer({
    ...readCertificate('ecdsa'),
    maxVersion: protocol,
    secureOptions: atServer ? constants.SSL_OP_NO_TICKET : 0,
    sessionIdContext: 'live',
  });
  if (atServer) {
    const sessions = new Map<string, Buffer>();
    server.on('newSession', (id, bytes, done) => {
      sessions.set(id.toString('hex'), bytes);
      done();
    });
    server.on('resumeSession', (id, done) => {
      const bytes = sessions.get(id.toString('hex'));
      done(null, bytes ? recoded(bytes, atServer) : null);
    });
  }
  server.on('secureConnection', (socket) => socket.on('error', () => {}).end('.'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    const { session } = await handshake(port);
    return (await handshake(port, recoded(session, atClient))).resumed;
  } finally {
    server.close();
  }
}

async function handshake(port: number, session?: Buffer) {
  const socket = connect({
    host: '127.0.0.1',
    port,
    servername: 'localhost',
    ca: readCertificate('ecdsa').cert,
    ...(session && { session }),
  });
  let last = session;
  let resumed = false;
  socket.on('session', (bytes) => (last = bytes));
  socket.on('secureConnect', () => (resumed = socket.isSessionReused()));
  socket.resume();
  await once(socket, 'close');
  assert.ok(last);
  return { session: last, resumed };
}

const past: Change = ({ time }) => ({ time: Number(time) - 7300 });

for (const protocol of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`resume ${protocol} at the client`, async () => {
    assert.is(await resumes({ protocol }), true);
  });
}

test('resume TLSv1.2 at the server', async () => {
  assert.is(await resumes({ protocol: 'TLSv1.2', atServer: unchanged }), true);
});

test('do not resume once their time is set back', async () => {
  assert.is(await resumes({ protocol: 'TLSv1.2', atServer: past }), false);
});

test('resume again when their timeout is set up as far', async () => {
  const both: Change = (fields) => ({ ...past(fields), timeout: 7400 });
  assert.is(await resumes({ protocol: 'TLSv1.2', atServer: both }), true);
});

test('do not resume under another session id context', async () => {
  const other: Change = () => ({ sessionIdContext: Buffer.from('other') });
  assert.is(await resumes({ protocol: 'TLSv1.2', atServer: other }), false);
});

test('do not resume without their ticket', async () => {
  const stripped: Change = ({ secrets: { masterKey } }) => ({
    secrets: new SessionSecrets({ masterKey }),
  });
  assert.is(await resumes({ protocol: 'TLSv1.3', atClient: stripped }), false);
});

test.run();
