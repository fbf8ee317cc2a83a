// TLS connections that resume.
// Run: node examples/clients/tls.js https://localhost:8443/ ca.pem

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'sesscache/client';

const [url = 'https://localhost:8443/', file] = process.argv.slice(2);
const { hostname: host, pathname, port } = new URL(url);
const ca = file ? readFileSync(file) : undefined; // undefined: the authorities that Node trusts

for (let i = 0; i < 2; i++) {
  const socket = connect({ host, port: Number(port || 443), servername: host, ca });
  await once(socket, 'secureConnect');
  console.log(socket.isSessionReused() ? 'resumed' : 'full handshake');
  socket.write(`GET ${pathname} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
  socket.resume();
  await once(socket, 'close');
}
