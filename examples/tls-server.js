// A TLS server that resumes sessions from a SessionCache.
// Run: node examples/tls-server.js key.pem cert.pem 8443

import { constants } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:tls';
import { SessionCache } from 'sesscache';

const [key = 'key.pem', cert = 'cert.pem', port = '8443'] = process.argv.slice(2);
const cache = new SessionCache({ timeout: 300, sessionIdContext: Buffer.from('my-site') });
const server = createServer({
  key: readFileSync(key),
  cert: readFileSync(cert),
  maxVersion: 'TLSv1.2', // in TLS 1.3, Node by itself resumes from tickets only
  secureOptions: constants.SSL_OP_NO_TICKET, // the client gets an id, the session stays here
  sessionIdContext: 'my-site', // no other service's sessions
});

server.on('newSession', (id, data, done) => {
  cache.addSession(cache.createSession({ id, data }));
  done();
});
server.on('resumeSession', (id, done) => {
  const session = cache.viewSession(id);
  done(null, session ? Buffer.from(session.data) : null); // null: a full handshake
});
server.on('secureConnection', (socket) => {
  socket.on('error', () => {}); // a client that vanishes must not stop the server
  socket.end(socket.isSessionReused() ? 'resumed\n' : 'full handshake\n');
});
server.listen(Number(port), () => console.log('listening', server.address()));
