// Functions that check a server's identity see the same in resumed handshakes as in the full one.
// That includes the intermediate certificates and the root, which sessions do not contain.

import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type DetailedPeerCertificate } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { peekSession } from '../../bindings/asn1/index.ts';
import { chainOf, rememberChain } from '../../bindings/client/connection/chains.ts';
import { ClientSessionCache, connect } from '../../bindings/client/index.ts';
import { run } from '../support/commands.ts';
import { readCertificate } from '../../examples/certificates.js';
import { keyFor } from './made.ts';
import { VERSIONS } from './servers.ts';

const test = suite('chains of certificates');

/** A certificate, its intermediate authority, and its root. */
let issued: { key: Buffer; cert: Buffer; ca: Buffer };

test.before(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sesscache-test-'));
  const at = (name: string): string => join(folder, name);
  const file = (name: string): Promise<Buffer> => readFile(at(name));
  const request = async (name: string, ...more: string[]): Promise<void> => {
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    const files = ['-subj', `/CN=${name}`, '-keyout', at(`${name}.key`), '-out', at(name)];
    await run('openssl', ['req', ...curve, ...files, ...more]);
  };
  const issue = async (name: string, by: string, extension: string): Promise<void> => {
    await request(name);
    await writeFile(at('extensions'), extension);
    const authority = ['-CA', at(by), '-CAkey', at(`${by}.key`), '-set_serial', '7'];
    const files = ['-in', at(name), '-extfile', at('extensions'), '-out', at(`${name}.pem`)];
    await run('openssl', ['x509', '-req', ...authority, '-days', '2', ...files]);
    await writeFile(at(name), await file(`${name}.pem`));
  };
  try {
    await request('root', '-x509', '-days', '2');
    await issue('middle', 'root', 'basicConstraints=critical,CA:TRUE');
    await issue('localhost', 'middle', 'subjectAltName=DNS:localhost');
    const cert = Buffer.concat([await file('localhost'), await file('middle')]);
    issued = { key: await file('localhost.key'), cert, ca: await file('root') };
  } finally {
    await rm(folder, { recursive: true });
  }
});

/** The names in a chain, as the example in Node's documentation follows it. */
function namesIn(certificate: DetailedPeerCertificate): unknown[] {
  const names: unknown[] = [];
  let last: string | undefined;
  for (let at = certificate; at.fingerprint256 !== last; at = at.issuerCertificate) {
    names.push(at.subject.CN);
    last = at.fingerprint256;
  }
  return names;
}

for (const version of VERSIONS) {
  test(`${version}: a function that follows the chain follows all of it in resumed handshakes`, async () => {
    const { key, cert, ca } = issued;
    const server = createServer({ key, cert, maxVersion: version }, (socket) => {
      socket.on('error', () => {}).end('.');
    });
    server.listen(0);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const sessions = new ClientSessionCache();
    let distrusted: string | undefined;
    const seen: unknown[] = [];
    const checkServerIdentity = (_host: string, shown: object): Error | undefined => {
      const names = namesIn(shown as DetailedPeerCertificate);
      seen.push(names);
      return names.includes(distrusted) ? new Error(`not by ${distrusted}`) : undefined;
    };
    const visit = async (): Promise<boolean> => {
      const options = { host: 'localhost', port, ca, sessions, checkServerIdentity };
      const socket = connect(options).resume();
      let resumed = false;
      socket.on('secureConnect', () => (resumed = socket.isSessionReused()));
      await once(socket, 'close');
      return resumed;
    };
    assert.equal([await visit(), await visit(), await visit()], [false, true, true]);
    const all = ['localhost', 'middle', 'root'];
    assert.equal(seen, [all, all, all]);

    await visit(); // keeps a ticket for the next connection
    distrusted = 'middle';
    const error = await visit().catch((reason: unknown) => reason);
    assert.match(String(error), /not by middle/);
    sessions.close();
    server.close();
  });
}

test('are remembered of the servers used last, a bounded number, by key and certificate', async () => {
  const session = await sessionOf();
  const { peerStart, peerEnd } = peekSession(session);
  const raw = Buffer.from(session.subarray(peerStart, peerEnd));
  const chain = { raw } as DetailedPeerCertificate;
  rememberChain(keyFor(0), chain);
  assert.is(chainOf(keyFor(0), session), chain);
  assert.is(chainOf(keyFor(1), session), undefined);
  rememberChain(keyFor(0), { raw: raw.subarray(1) } as DetailedPeerCertificate);
  assert.is(chainOf(keyFor(0), session), chain);
  rememberChain(keyFor(1), {} as DetailedPeerCertificate);
  assert.is(chainOf(keyFor(1), session), undefined);

  for (let i = 2; i < 1000; i++) {
    rememberChain(keyFor(i), chain);
    if (i < 500) assert.is(chainOf(keyFor(0), session), chain, 'it is used');
  }
  assert.is(chainOf(keyFor(0), session), undefined);
  let remembered = 0;
  for (let i = 0; i < 1000; i++) if (chainOf(keyFor(i), session)) remembered++;
  assert.is(remembered, 256);
});

/** A client's session. */
async function sessionOf(): Promise<Buffer> {
  const certificate = readCertificate('rsa');
  const server = createServer(certificate, (socket) => socket.on('error', () => {}).end('.'));
  server.listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = connect({ host: 'localhost', port, ca: certificate.cert }).resume();
  const [session] = (await once(socket, 'session')) as [Buffer];
  socket.destroy();
  server.close();
  return session;
}

test.run();
