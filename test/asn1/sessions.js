// Real sessions of the Node that runs this, as servers and clients get them, with what Node itself
// says about each. Plain JavaScript without dependencies, so that every Node release runs it as it
// is: `node test/asn1/sessions.js` prints them as JSON.

import { constants } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { readCertificate } from '../../examples/certificates.js';

/** @typedef {import('./real-session.ts').RealSession} RealSession */

export const SESSION_ID_CONTEXT = 'sesscache-asn1';

/** @returns {Promise<RealSession[]>} */
export async function makeSessions() {
  const sessions = [];
  for (const protocol of /** @type {const} */ (['TLSv1.2', 'TLSv1.3'])) {
    for (const clientCertificate of [false, true]) {
      for (const tickets of [false, true]) {
        sessions.push(...(await makePair({ protocol, clientCertificate, tickets })));
      }
    }
  }
  return sessions;
}

/**
 * The first session that each side gets of one connection. A TLS 1.2 server with tickets gets none.
 * @param {Pick<RealSession, 'protocol' | 'clientCertificate' | 'tickets'>} kind
 */
async function makePair(kind) {
  const { protocol, clientCertificate, tickets } = kind;
  const certificate = readCertificate('ecdsa');
  const ALPNProtocols = tickets ? ['sesscache/1'] : [];
  const server = createServer({
    ...certificate,
    minVersion: protocol,
    maxVersion: protocol,
    secureOptions: tickets ? 0 : constants.SSL_OP_NO_TICKET,
    sessionIdContext: SESSION_ID_CONTEXT,
    requestCert: clientCertificate,
    ca: readCertificate('client').cert,
    ALPNProtocols,
  });
  /** @type {{ bytes: Buffer, id: string } | undefined} */
  let atServer;
  server.on('newSession', (id, bytes, done) => {
    atServer ??= { bytes, id: id.toString('hex') };
    done();
  });
  /** @type {Partial<RealSession>} */
  let serverFacts = {};
  server.on('secureConnection', (socket) => {
    serverFacts = factsOf(socket);
    socket.on('error', () => {});
    socket.end('.');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const client = connect({
    host: '127.0.0.1',
    port,
    servername: 'localhost',
    ca: certificate.cert,
    ALPNProtocols,
    ...(clientCertificate && readCertificate('client')),
  });
  /** @type {Buffer | undefined} */
  let atClient;
  /** @type {Partial<RealSession>} */
  let clientFacts = {};
  client.on('session', (bytes) => (atClient ??= bytes));
  client.on('secureConnect', () => {
    const ticket = protocol === 'TLSv1.2' ? client.getTLSTicket()?.toString('base64') : undefined;
    clientFacts = { ...factsOf(client), ticket: ticket ?? '' };
  });
  client.resume();
  await once(client, 'close');
  server.close();
  if (atClient === undefined) throw new Error(`no session at the client of ${protocol}`);

  const seconds = Math.floor(Date.now() / 1000);
  const base64 = (/** @type {Buffer} */ bytes) => bytes.toString('base64');
  /** @type {object[]} */
  const pair = [
    { side: 'client', id: '', ...kind, ...clientFacts, seconds, bytes: base64(atClient) },
  ];
  if (atServer) {
    const { id, bytes } = atServer;
    const facts = { ticket: '', ...kind, ...serverFacts };
    pair.push({ side: 'server', id, ...facts, seconds, bytes: base64(bytes) });
  }
  return /** @type {RealSession[]} */ (pair);
}

/** @param {import('node:tls').TLSSocket} socket */
function factsOf(socket) {
  return {
    cipher: socket.getCipher().standardName,
    peer: socket.getPeerCertificate().raw?.toString('base64') ?? '',
    alpn: socket.alpnProtocol || '',
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { version, versions } = process;
  console.log(
    JSON.stringify({ version, openssl: versions.openssl, sessions: await makeSessions() }),
  );
}
