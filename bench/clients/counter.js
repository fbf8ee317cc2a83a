// A relay that counts what each connection sends and receives.

import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** Relays to a port of the loopback interface. */
export async function countBytesTo(target) {
  const connections = [];
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    const bytes = { sent: 0, received: 0 };
    connections.push(bytes);
    client.on('data', (chunk) => (bytes.sent += chunk.length));
    upstream.on('data', (chunk) => (bytes.received += chunk.length));
    client.pipe(upstream).pipe(client);
    for (const socket of [client, upstream]) {
      socket.on('error', () => {});
      socket.on('close', () => [client, upstream].forEach((other) => other.destroy()));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: /** @type {import('node:net').AddressInfo} */ (server.address()).port,
    /** Bytes of each connection, once all are closed. */
    async close() {
      server.close();
      await once(server, 'close');
      return connections;
    },
  };
}
