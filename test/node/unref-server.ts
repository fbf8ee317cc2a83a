// A server that keeps no process alive, nor do its connections: it prints its port, and the process
// ends soon after a client has come that says nothing.

import { constants } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:tls';
import { readCertificate } from '../../examples/certificates.js';
import { SessionCache } from '../../bindings/index.ts';
import { attachServer } from '../../bindings/node/index.ts';

const [how] = process.argv.slice(2);
const server = createServer({
  ...readCertificate('rsa'),
  secureOptions: constants.SSL_OP_NO_TICKET,
  sessionIdContext: 'unref',
});
if (how !== 'stock') {
  const handshakeTimeout = how === 'attached' ? undefined : 60_000;
  attachServer(server, new SessionCache(), { tls13: true, handshakeTimeout });
}
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.stdout.write(String((server.address() as AddressInfo).port));
const [socket] = (await once(server, 'connection')) as [Socket];
socket.unref();
server.unref();
process.stdout.destroy();
