// The servers of index.js, in a process of their own so that the CPU time it reports is theirs: one
// for each way, and all in one process, as two processes of one program differ by more than the ways.

import { once } from 'node:events';
import { createServer } from 'node:tls';
import { attachTicketKeys } from 'sesscache/tickets';
import { readCertificate } from '../../examples/certificates.js';

const [version, name, ...ways] = process.argv.slice(2);
const certificate = name === 'ecdsa' ? 'ecdsa' : 'rsa';

const ports = [];
for (const way of ways) ports.push(await start(way));
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.(user + system);
});
process.on('disconnect', () => process.exit());
process.send?.(ports);

/** See `WAYS` in index.js. Resolves to the port. */
async function start(/** @type {string} */ way) {
  const server = createServer({
    ...readCertificate(certificate),
    maxVersion: version === 'TLSv1.3' ? 'TLSv1.3' : 'TLSv1.2',
    sessionIdContext: 'bench',
  });
  if (way !== 'stock') {
    attachTicketKeys(server, {
      secret: Buffer.from('a secret of a benchmark, and of nothing else'),
      renew: way === 'always' ? 'always' : 'older',
      onError(error) {
        throw error;
      },
    });
  }
  server.on('secureConnection', (socket) => {
    socket.on('error', () => {});
    socket.resume();
    socket.end('.');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return /** @type {import('node:net').AddressInfo} */ (server.address()).port;
}
