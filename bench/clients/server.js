// The server of `npm run bench:clients`, in a process of its own: stock Node, with tickets. Says of
// each connection whether it was resumed.

import { createServer } from 'node:https';
import { readCertificate } from '../../examples/certificates.js';

const [certificate = ''] = process.argv.slice(2);

const server = createServer(
  readCertificate(certificate === 'ecdsa' ? 'ecdsa' : 'rsa'),
  (request, response) => {
    const socket = /** @type {import('node:tls').TLSSocket} */ (request.socket);
    response.setHeader('connection', 'close');
    response.end(socket.isSessionReused() ? 'resumed' : 'full');
  },
);
server.listen(0, '127.0.0.1', () => {
  process.send?.(/** @type {import('node:net').AddressInfo} */ (server.address()).port);
});
process.on('disconnect', () => process.exit());
