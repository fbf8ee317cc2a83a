// The server of handshakes.js, in a process of its own so that the CPU time it reports is its own.

import { constants } from 'node:crypto';
import { createServer } from 'node:tls';
import { SessionCache } from 'sesscache';
import { attachServer } from 'sesscache/node';
import { readCertificate } from '../examples/certificates.js';

/** See `WAYS` in handshakes.js. */
const [way, version, name, member] = process.argv.slice(2);
const certificate = name === 'ecdsa' ? 'ecdsa' : 'rsa';

const server = createServer({
  ...readCertificate(certificate),
  maxVersion: version === 'TLSv1.3' ? 'TLSv1.3' : 'TLSv1.2',
  sessionIdContext: 'bench',
  secureOptions: way === 'tickets' ? 0 : constants.SSL_OP_NO_TICKET,
  ...(member && {
    requestCert: true,
    rejectUnauthorized: true,
    ca: readCertificate('client').cert,
  }),
});
const attached = way === 'cache' && attach();
if (way === 'map') keepInMap();
server.on('secureConnection', (socket) => {
  socket.on('error', () => {});
  socket.resume();
  socket.end('.');
});
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  const own = attached ? Object.values(attached.stats().time).reduce((sum, part) => sum + part) : 0;
  process.send?.({ cpu: user + system, own });
});
process.on('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => {
  process.send?.(/** @type {import('node:net').AddressInfo} */ (server.address()).port);
});

function attach() {
  return attachServer(server, new SessionCache(), {
    tls13: version === 'TLSv1.3',
    onError(error) {
      throw error;
    },
  });
}

/** What many servers have instead: no checks, no bounds, no expiry. */
function keepInMap() {
  const sessions = new Map();
  server.on('newSession', (id, data, done) => {
    sessions.set(id.toString('hex'), data);
    done();
  });
  server.on('resumeSession', (id, done) => done(null, sessions.get(id.toString('hex')) ?? null));
}
