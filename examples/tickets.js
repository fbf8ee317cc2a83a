// An https server whose ticket keys are derived from a secret: start it on as many ports or hosts
// as you like, with the same file, and a client resumes on all of them. The file has one secret a
// line, base64 of 32 random bytes; the first makes tickets. After a change: kill -HUP <pid> Run:
// openssl rand -base64 32 > secrets.txt; node examples/tickets.js key.pem cert.pem secrets.txt 8443

import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { attachTicketKeys } from 'sesscache/tickets';

const [key = 'key.pem', cert = 'cert.pem', file = 'secrets.txt', port = '8443'] =
  process.argv.slice(2);
const readSecrets = () => {
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => Buffer.from(line, 'base64'));
};

const server = createServer({
  key: readFileSync(key),
  cert: readFileSync(cert),
  sessionIdContext: 'tickets-example', // the same on all hosts of the service
  sessionTimeout: 24 * 3600, // seconds; Node's default is 7,200
});
const attached = attachTicketKeys(server, { secrets: readSecrets(), period: 3600, keep: 24 });

process.on('SIGHUP', () => {
  try {
    attached.setSecrets(readSecrets());
    console.log('new secrets');
  } catch (error) {
    console.log(`no new secrets: ${error}`); // the old ones stay
  }
});

server.on('request', (request, response) => {
  const socket = /** @type {import('node:tls').TLSSocket} */ (request.socket);
  response.setHeader('connection', 'close');
  response.end(socket.isSessionReused() ? 'resumed\n' : 'full handshake\n');
});
await attached.ready; // then not even the first connection loses a ticket of an older key
server.listen(Number(port), () => console.log('listening', server.address()));
