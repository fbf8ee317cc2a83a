// An https server whose clients log out: afterwards none of their TLS sessions resumes, so that the
// next connection needs their certificate and their key again. Run: node examples/logout.js key.pem
// cert.pem 8443 client-ca.pem

import { constants } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { SessionCache } from 'sesscache';
import { attachServer } from 'sesscache/node';

const [key = 'key.pem', cert = 'cert.pem', port = '8443', ca = 'ca.pem'] = process.argv.slice(2);
const server = createServer({
  key: readFileSync(key),
  cert: readFileSync(cert),
  ca: readFileSync(ca),
  requestCert: true,
  secureOptions: constants.SSL_OP_NO_TICKET, // a ticket could not be revoked
  sessionIdContext: 'logout-example',
});
const attached = attachServer(server, new SessionCache({ timeout: 3600 }), {
  tls13: true,
  tags: ({ servername }) => [`site ${servername}`], // all sessions of a site can be ended, too
});

server.on('request', (request, response) => {
  const socket = /** @type {import('node:tls').TLSSocket} */ (request.socket);
  const certificate = socket.getPeerCertificate();
  response.setHeader('connection', 'close'); // a connection outlives its session: end it as well
  switch (`${request.method} ${request.url}`) {
    case 'GET /':
      response.end(`${certificate.subject.CN}, ${socket.isSessionReused() ? 'resumed' : 'new'}\n`);
      break;
    case 'POST /logout': // the sessions of this connection, and those they were renewed to
      attached.revoke(socket);
      response.end('logged out\n');
      break;
    case 'POST /logout/everywhere': // all sessions of this certificate, on every device
      attached.revoke({ certificate });
      response.end('logged out everywhere\n');
      break;
    default:
      response.writeHead(404).end();
  }
});
server.listen(Number(port), () => console.log('listening', server.address()));
