// An https server whose sessions outlive a restart, in a file that is sealed, read once and
// deleted. Run:
//     SESSION_KEY=$(openssl rand -hex 32) node examples/warm-restart.js sessions.sealed 8443
// `kill` it, start it again with the same key, and clients resume as if nothing had happened.

import { constants } from 'node:crypto';
import { createServer } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { SessionCache } from 'sesscache';
import { attachServer } from 'sesscache/node';
import { restoreSessionsFromFile, saveSessionsToFile } from 'sesscache/warm-restart';
import { readCertificate } from './certificates.js';

const [path = 'sessions.sealed', port = '8443', maxVersion = 'TLSv1.3'] = process.argv.slice(2);
// From where your private key comes, and as well kept: with it and the file one can read what was
// recorded of these clients.
const keys = [Buffer.from(process.env.SESSION_KEY ?? '', 'hex')];
const options = { keys, binding: 'warm-restart-example', maxAge: 300 };

const cache = new SessionCache({ timeout: 7200 });
const server = createServer({
  ...readCertificate('rsa'),
  maxVersion: /** @type {import('node:tls').SecureVersion} */ (maxVersion),
  secureOptions: constants.SSL_OP_NO_TICKET,
  sessionIdContext: 'warm-restart',
});
// Without a `namespace` sessions belong to this process alone.
const attached = attachServer(server, cache, {
  tls13: maxVersion === 'TLSv1.3',
  namespace: 'warm-restart',
});

server.on('request', (request, response) => {
  const socket = /** @type {import('node:tls').TLSSocket} */ (request.socket);
  response.setHeader('connection', 'close');
  response.end(socket.isSessionReused() ? 'resumed\n' : 'full handshake\n');
});

try {
  const report = await restoreSessionsFromFile(cache, path, options);
  console.log(report ? `restored ${report.restored} sessions` : 'no sessions to restore');
} catch (error) {
  console.log(`restored nothing: ${error}`); // and every client has a full handshake
}
server.listen(Number(port), '127.0.0.1', () => console.log('listening', server.address()));

process.once('SIGTERM', async () => {
  server.close();
  server.closeIdleConnections();
  while (handshakes() > 0) await sleep(5); // they make sessions yet
  const { saved } = await saveSessionsToFile(cache, path, options);
  console.log(`saved ${saved} sessions`);
});

/** How many are under way. */
function handshakes() {
  const { full, resumed, failed } = attached.stats().handshakes;
  return cache.stats().accept - full - resumed - failed;
}
