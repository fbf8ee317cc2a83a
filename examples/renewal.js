// An https server whose certificate is renewed while it runs, as an ACME client does every few
// weeks: new files, then a signal. Tickets stay off, and sessions revocable. Run: node
// examples/renewal.js key.pem cert.pem 8443; then: kill -HUP <pid>

import { constants } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { SessionCache } from 'sesscache';
import { attachServer } from 'sesscache/node';

const [key = 'key.pem', cert = 'cert.pem', port = '8443'] = process.argv.slice(2);
const read = () => ({ key: readFileSync(key), cert: readFileSync(cert) });

const server = createServer({
  ...read(),
  secureOptions: constants.SSL_OP_NO_TICKET,
  sessionIdContext: 'renewal-example',
});
const cache = new SessionCache({ timeout: 3600 });
const attached = attachServer(server, cache, { tls13: true, tags: () => ['all'] });

process.on('SIGHUP', () => {
  try {
    // Not server.setSecureContext: without the options of above it would turn tickets on.
    attached.setSecureContext(read());
    console.log('renewed');
  } catch (error) {
    console.log(`not renewed: ${error}`); // the old certificate stays
  }
});
process.on('SIGUSR2', () => {
  console.log(`${cache.revoke({ tag: 'all' })} sessions ended`); // it is a matter of the cache alone
});

server.on('request', (request, response) => {
  const socket = /** @type {import('node:tls').TLSSocket} */ (request.socket);
  response.setHeader('connection', 'close');
  response.end(socket.isSessionReused() ? 'resumed\n' : 'full handshake\n');
});
server.listen(Number(port), () => console.log('listening', server.address()));
