// Forge at one end, the real OpenSSL at the other, over TCP. Forge 1.4 speaks TLS 1.0 and 1.1 with
// two RSA-CBC suites, which Debian's OpenSSL accepts only at security level 0.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect as connectTcp, createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import forge from 'node-forge';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { forgeSessionCache } from '../../bindings/forge/index.ts';
import type { ForgeSessionCache } from '../../bindings/forge/index.ts';
import { withSServer } from '../asn1/s-server.ts';
import { sClient } from '../support/commands.ts';
import { cacheAt, clientOf } from './harness.ts';

const test = suite('forge and OpenSSL');

const fixtures = new URL('../fixtures/tls/', import.meta.url);
const pathOf = (file: string): string => fileURLToPath(new URL(file, fixtures));
const certificate = readFileSync(pathOf('rsa.cert.pem'), 'utf8');
const key = readFileSync(pathOf('rsa.key.pem'), 'utf8');
const asForgeWrites = forge.pki.certificateToPem(forge.pki.certificateFromPem(certificate));
const CIPHERS = ['-cipher', 'ALL:@SECLEVEL=0'];

/** Joins a connection of forge's to a socket; resolves when the socket is closed. */
async function join(connection: forge.tls.Connection, socket: Socket): Promise<void> {
  socket.setTimeout(10_000, () => socket.destroy(new Error('a connection took too long')));
  socket.setEncoding('latin1').on('data', (data: string) => void connection.process(data));
  socket.on('end', () => connection.open && connection.close());
  await once(socket, 'close');
}

/** Whether it is our server's certificate. */
function samePem(pem: string): true | { message: string } {
  return pem === asForgeWrites || { message: 'another certificate' };
}

/** One request of forge's client. Resolves to the outcome of the handshake and the version. */
async function request(port: number, sessions: ForgeSessionCache) {
  const socket = connectTcp(port, '127.0.0.1');
  await once(socket, 'connect');
  let how = '';
  let body = '';
  let version = 0;
  const errors: string[] = [];
  const connection = sessions.watch(
    forge.tls.createConnection({
      server: false,
      verify: (_self, _verified, _depth, [own]) => samePem(forge.pki.certificateToPem(own!)),
      connected(self) {
        how = (self as unknown as { session: { resuming: boolean } }).session.resuming ? 'resumed' : 'full'; // prettier-ignore
        version = (self.version as unknown as { minor: number }).minor;
        self.prepare('GET / HTTP/1.0\r\n\r\n');
      },
      tlsDataReady: (self) => void socket.write(self.tlsData.getBytes(), 'latin1'),
      dataReady: (self) => (body += self.data.getBytes()),
      closed: () => socket.end(),
      error: (_self, error) => void errors.push(error.message),
    }),
  );
  connection.handshake();
  await join(connection, socket);
  assert.equal(errors, []);
  assert.match(body, 'HTTP/1.0 200');
  return { how, minor: version };
}

for (const [option, minor] of [
  ['-tls1', 1],
  ['-tls1_1', 2],
] as const) {
  test(`forge's client resumes at s_server ${option}`, async () => {
    const args = [
      '-cert',
      pathOf('rsa.cert.pem'),
      '-key',
      pathOf('rsa.key.pem'),
      option,
      ...CIPHERS,
    ];
    const { cache, clock } = cacheAt(1000, { timeout: 60 });
    await withSServer(args, async (port) => {
      const sessions = clientOf(cache, { peer: `127.0.0.1:${port}` });
      assert.equal(await request(port, sessions), { how: 'full', minor });
      assert.equal(await request(port, sessions), { how: 'resumed', minor });
      assert.equal(await request(port, sessions), { how: 'resumed', minor });
      clock.now += 61;
      assert.equal(await request(port, sessions), { how: 'full', minor });
    });
    // OpenSSL has forgotten the session: it makes a new one, which the client accepts.
    await withSServer(args, async (port) => {
      const sessions = clientOf(cache, { peer: 'the same name at another server' });
      await request(port, sessions);
      assert.is(sessions.getSession() === null, false);
    });
    await withSServer(args, async (port) => {
      const sessions = clientOf(cache, { peer: 'the same name at another server' });
      assert.equal(await request(port, sessions), { how: 'full', minor });
      assert.equal(sessions.stats().hits, 1);
      assert.equal(await request(port, sessions), { how: 'resumed', minor });
    });
  });
}

// Forge has no secure renegotiation (RFC 5746), which OpenSSL's client demands unless told
// otherwise.
test("s_client resumes at forge's server", async () => {
  const { cache } = cacheAt(1000);
  const sessions = forgeSessionCache(cache, { role: 'server' });
  const errors: string[] = [];
  const server = createServer((socket) => {
    const connection = sessions.watch(
      forge.tls.createConnection({
        server: true,
        getCertificate: () => certificate,
        getPrivateKey: () => key,
        connected: () => {},
        tlsDataReady: (self) => void socket.write(self.tlsData.getBytes(), 'latin1'),
        dataReady: (self) => void self.data.getBytes(),
        closed: () => socket.end(),
        error: (_self, error) => void errors.push(error.message),
      }),
    );
    // s_client drops each connection, which resets it if bytes of ours were unread.
    join(connection, socket).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET') errors.push(error.message);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    const printed = await sClient(['-connect', `127.0.0.1:${port}`, '-tls1', '-reconnect', '-legacy_server_connect', ...CIPHERS]); // prettier-ignore
    const lines = printed.match(/^(New|Reused), /gm);
    assert.equal(lines, ['New, ', ...Array(5).fill('Reused, ')]);
    assert.equal(sessions.stats().handshakes, { full: 1, resumed: 5 });
    assert.equal(errors, []);
  } finally {
    server.close();
    await once(server, 'close');
  }
});

test.run();
